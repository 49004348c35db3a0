/** Mixture-density outputs: a network's prediction as a mixture of Gaussians. */
@NullMarked
package org.tapeloop.nn.mixture;

import org.jspecify.annotations.NullMarked;
