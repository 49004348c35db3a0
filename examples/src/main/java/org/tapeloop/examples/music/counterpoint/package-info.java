/** Species counterpoint in two to four voices, composed by search. */
@NullMarked
package org.tapeloop.examples.music.counterpoint;

import org.jspecify.annotations.NullMarked;
