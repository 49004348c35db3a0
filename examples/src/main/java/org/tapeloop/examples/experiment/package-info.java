/** The kernel of an experiment: training, progress, reports, and what may interrupt them. */
@NullMarked
package org.tapeloop.examples.experiment;

import org.jspecify.annotations.NullMarked;
