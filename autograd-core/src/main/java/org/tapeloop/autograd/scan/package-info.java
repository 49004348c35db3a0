/**
 * Steps run over time: one by one, or compiled to a plan.
 *
 * <p>{@link org.tapeloop.autograd.scan.Scan} is where to begin. A plan comes from the step's
 * recorded operations alone; nothing here knows of any cell.
 */
@NullMarked
package org.tapeloop.autograd.scan;

import org.jspecify.annotations.NullMarked;
