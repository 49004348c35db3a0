/**
 * What a compute backend implements: array views, the kernels with their scalar meaning, and the
 * optional capabilities.
 *
 * <p>The package depends on nothing else of the project. A backend sees this package only; it never
 * sees a tensor, a tape or an op.
 */
@NullMarked
package org.tapeloop.autograd.spi;

import org.jspecify.annotations.NullMarked;
