package org.tapeloop.nn.data;

import java.util.Map;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/** Pass and position of an iterator as the tensors of a checkpoint. */
final class Place {
  private static final String NAME = "place";

  private Place() {}

  /** Goes to a place, or refuses. */
  @FunctionalInterface
  interface Seek {
    void to(int pass, int position);
  }

  static Map<String, Tensor> of(int pass, int position) {
    return Map.of(NAME, Tensor.ofDoubles(pass, position));
  }

  static void read(String where, Map<String, Tensor> state, Seek seek) {
    Tensor place = state.get(NAME);
    if (place == null || place.dtype() != DType.F64 || !place.shape().equals(Shape.of(2))) {
      throw new IllegalArgumentException(where + ": this is no state of theirs: " + state.keySet());
    }
    double[] numbers = place.toDoubleArray();
    int pass = (int) numbers[0];
    int position = (int) numbers[1];
    if (pass != numbers[0] || position != numbers[1]) {
      throw new IllegalArgumentException(
          "%s: pass %s, position %s does not exist".formatted(where, numbers[0], numbers[1]));
    }
    seek.to(pass, position);
  }
}
