/** Models of language by any symbol: networks, training on long texts, and writing. */
@NullMarked
package org.tapeloop.examples.language;

import org.jspecify.annotations.NullMarked;
