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
 * <p>The garbage collector takes them when memory is short.
 */
final class IdleArrays {
  private static final int KINDS = 32;

  private record Kind(DType dtype, int size) {}

  private static final Map<Kind, Deque<SoftReference<ArrayView>>> IDLE = new ConcurrentHashMap<>();

  private IdleArrays() {}

  /** A dense array with whatever elements were left in it. */
  static ArrayView take(DType dtype, Shape shape) {
    var idle = IDLE.get(new Kind(dtype, shape.size()));
    for (var next = poll(idle); next != null; next = poll(idle)) {
      ArrayView array = next.get();
      if (array != null) {
        return array.with(shape.layout());
      }
    }
    return dtype.allocate(shape);
  }

  private static @Nullable SoftReference<ArrayView> poll(
      @Nullable Deque<SoftReference<ArrayView>> idle) {
    return idle == null ? null : idle.pollFirst();
  }

  /** Takes a dense array back that nothing refers to any more. */
  static void give(ArrayView array) {
    if (IDLE.size() >= KINDS) {
      IDLE.clear();
    }
    IDLE.computeIfAbsent(
            new Kind(DType.of(array), array.layout().size()), kind -> new ConcurrentLinkedDeque<>())
        .addFirst(new SoftReference<>(array));
  }
}
