package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class TensorTreeTest {
  private static final Tensor T = Tensor.zeros(1);

  record Pair(Tensor h, Tensor c) {}

  record Deep(List<Pair> layers, Tensor last) {}

  /** A structure that takes itself apart, although it is a record. */
  record Own(Tensor a, Tensor b) implements TensorTree.Custom {
    @Override
    public List<Tensor> tensors() {
      return List.of(b, a);
    }

    @Override
    public Own withTensors(List<Tensor> tensors) {
      return new Own(tensors.get(1), tensors.get(0));
    }
  }

  @Test
  void tensorsAreNamedByTheirPlaces() {
    Pair pair = new Pair(T, T);
    assertEquals(List.of(""), TensorTree.names(T));
    assertEquals(List.of("h", "c"), TensorTree.names(pair));
    assertEquals(List.of("[0]", "[1].h", "[1].c"), TensorTree.names(List.of(T, pair)));
    assertEquals(
        List.of("layers[0].h", "layers[0].c", "last"),
        TensorTree.names(new Deep(List.of(pair), T)));
    assertEquals(List.of("[0]", "[1]"), TensorTree.names(new Own(T, T)));
    assertThrows(IllegalArgumentException.class, () -> TensorTree.names("text"));
  }
}
