/** Text to learn from: corpora, and the symbols they are made of. */
@NullMarked
package org.tapeloop.examples.text;

import org.jspecify.annotations.NullMarked;
