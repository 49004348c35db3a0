/** Text as numbers: vocabularies, and tokenisers of characters, words and byte pairs. */
@NullMarked
package org.tapeloop.nn.text;

import org.jspecify.annotations.NullMarked;
