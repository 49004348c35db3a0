/**
 * The scalar backend: every kernel as its definition reads, with float64 accumulation. The oracle
 * of all others.
 */
@NullMarked
package org.tapeloop.autograd.reference;

import org.jspecify.annotations.NullMarked;
