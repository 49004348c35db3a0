/** The language model by word. */
@NullMarked
package org.tapeloop.examples.wordlm;

import org.jspecify.annotations.NullMarked;
