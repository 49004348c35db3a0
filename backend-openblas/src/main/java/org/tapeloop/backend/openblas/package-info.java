/** The compute backend on OpenBLAS. */
@NullMarked
package org.tapeloop.backend.openblas;

import org.jspecify.annotations.NullMarked;
