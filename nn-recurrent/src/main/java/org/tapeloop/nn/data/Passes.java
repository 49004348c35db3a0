package org.tapeloop.nn.data;

import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.nn.optim.Restorable;

/**
 * Passes over a data set, one after the other. Pass and position are all that a checkpoint needs:
 * what a pass hands out follows from its number.
 *
 * @param <W> what is handed out
 */
abstract class Passes<W> implements Iterator<W>, Restorable {
  private final String name;
  private int pass;
  private int position;

  /** At the beginning of the first pass, which the subclass arranges. */
  Passes(String name) {
    this.name = name;
  }

  /** Gets a pass ready. */
  abstract void arrange(int pass);

  /** What is handed out at a position of the arranged pass. */
  abstract W at(int position);

  /** How many this pass hands out. */
  public abstract int count();

  /** The number of this pass, from 0. */
  public final int pass() {
    return pass;
  }

  /** How many have been handed out in this pass. */
  public final int position() {
    return position;
  }

  /**
   * Goes to a position of a pass.
   *
   * @throws IllegalArgumentException if there is no such position; nothing changes then
   */
  public final void seek(int pass, int position) {
    arrange(Math.max(pass, 0));
    if (pass < 0 || position < 0 || position > count()) {
      int last = count();
      arrange(this.pass);
      throw new IllegalArgumentException(
          "%s: pass %d, position %d does not exist; positions are 0..%d"
              .formatted(name, pass, position, last));
    }
    this.pass = pass;
    this.position = position;
  }

  /** Begins the next pass. */
  public final void nextPass() {
    seek(pass + 1, 0);
  }

  @Override
  public final boolean hasNext() {
    return position < count();
  }

  /**
   * The next of this pass.
   *
   * @throws NoSuchElementException at the end of the pass
   */
  @Override
  public final W next() {
    if (!hasNext()) {
      throw new NoSuchElementException(name + ": the pass is over after " + count());
    }
    return at(position++);
  }

  @Override
  public final Map<String, Tensor> state() {
    return Place.of(pass, position);
  }

  @Override
  public final void load(Map<String, Tensor> state) {
    Place.read(name, state, this::seek);
  }
}
