package org.tapeloop.autograd;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gradients by tensor, in the order in which they were asked for. It cannot be changed once it is
 * filled, and takes an array or three where a map of the JDK takes an object an entry.
 */
final class GradientMap extends AbstractMap<Tensor, Tensor> {
  /** Up to so many tensors are looked through; more are found by their hashes. */
  private static final int FEW = 16;

  private static final int[] NO_PLACES = {};

  private final Tensor[] tensors;
  private final Tensor[] gradients;
  private int size;

  /**
   * The number of a tensor, from 1 on, at the first place from its hash on that was free; 0 at free
   * places. At least half of them are.
   */
  private final int[] places;

  /**
   * @param most tensors that will be put into it at most
   */
  GradientMap(int most) {
    tensors = new Tensor[most];
    gradients = new Tensor[most];
    places = most <= FEW ? NO_PLACES : new int[Integer.highestOneBit(most) << 2];
  }

  /** Adds a gradient, unless there is one of the same tensor. */
  void add(Tensor tensor, Tensor gradient) {
    int place = places.length == 0 ? 0 : place(tensor);
    if (number(tensor, place) >= 0) {
      return;
    }
    tensors[size] = tensor;
    gradients[size] = gradient;
    size++;
    if (places.length > 0) {
      places[place] = size;
    }
  }

  /** Where a tensor stands in {@link #places}, or is to stand. */
  private int place(Object tensor) {
    int last = places.length - 1;
    int place =
        (System.identityHashCode(tensor) * 0x9E3779B9) >>> Integer.numberOfLeadingZeros(last);
    while (places[place] != 0 && tensors[places[place] - 1] != tensor) {
      place = (place + 1) & last;
    }
    return place;
  }

  /** The number of a tensor from 0 on, or -1. */
  private int number(Object tensor, int place) {
    if (places.length > 0) {
      return places[place] - 1;
    }
    for (int i = 0; i < size; i++) {
      if (tensors[i] == tensor) {
        return i;
      }
    }
    return -1;
  }

  private int number(Object tensor) {
    return number(tensor, places.length == 0 ? 0 : place(tensor));
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public boolean containsKey(@Nullable Object tensor) {
    return tensor != null && number(tensor) >= 0;
  }

  @Override
  public @Nullable Tensor get(@Nullable Object tensor) {
    int number = tensor == null ? -1 : number(tensor);
    return number < 0 ? null : gradients[number];
  }

  @Override
  public Set<Map.Entry<Tensor, Tensor>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public int size() {
        return size;
      }

      @Override
      public Iterator<Map.Entry<Tensor, Tensor>> iterator() {
        return new Entries();
      }
    };
  }

  private final class Entries implements Iterator<Map.Entry<Tensor, Tensor>> {
    private int next;

    @Override
    public boolean hasNext() {
      return next < size;
    }

    @Override
    public Map.Entry<Tensor, Tensor> next() {
      if (next == size) {
        throw new NoSuchElementException();
      }
      int i = next++;
      return Map.entry(tensors[i], gradients[i]);
    }
  }
}
