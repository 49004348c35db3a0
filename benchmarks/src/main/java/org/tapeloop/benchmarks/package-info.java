/** JMH benchmarks. */
@NullMarked
package org.tapeloop.benchmarks;

import org.jspecify.annotations.NullMarked;
