package org.tapeloop.autograd;

import java.lang.ref.SoftReference;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;

/**
 * Large arrays that nobody uses for the moment, for the next one who needs such: a new array is
 * filled with zeros first, and its pages have left the caches.
 *
 * <p>They are up to a quarter longer than what was asked for, so that batches of nearly one size
 * share them. The garbage collector takes them when memory is short.
 */
final class IdleArrays {
  /** An array of some length. */
  private record Kind(DType dtype, int length) {}

  private static final Map<Kind, Deque<SoftReference<ArrayView>>> IDLE = new ConcurrentHashMap<>();

  private IdleArrays() {}

  /** A dense array with whatever elements were left in it. */
  static ArrayView take(DType dtype, Shape shape) {
    int length = length(shape.size());
    var idle = IDLE.get(new Kind(dtype, length));
    for (var next = poll(idle); next != null; next = poll(idle)) {
      ArrayView array = next.get();
      if (array != null) {
        return array.with(shape.layout());
      }
    }
    return dtype.allocate(Shape.of(length)).with(shape.layout());
  }

  private static @Nullable SoftReference<ArrayView> poll(
      @Nullable Deque<SoftReference<ArrayView>> idle) {
    return idle == null ? null : idle.pollFirst();
  }

  /** Takes an array back that came from here, and that nothing refers to any more. */
  static void give(ArrayView array) {
    IDLE.computeIfAbsent(
            new Kind(DType.of(array), length(array.layout().size())),
            kind -> new ConcurrentLinkedDeque<>())
        .addFirst(new SoftReference<>(array));
  }

  /** One of four lengths between two powers of two. */
  static int length(int size) {
    int grain = Math.max(1, Integer.highestOneBit(size) >> 2);
    return (int) Math.min(Integer.MAX_VALUE - 8, (size + (grain - 1L)) / grain * grain);
  }
}
