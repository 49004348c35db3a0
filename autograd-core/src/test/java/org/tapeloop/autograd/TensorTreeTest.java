package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
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

  @Test
  void treesAreAlikeIfTheyHaveOneStructure() {
    Pair pair = new Pair(T, Tensor.zeros(2));
    List<Object> trees =
        List.of(
            T,
            List.of(T),
            List.of(T, T),
            List.of(List.of(T, T)),
            pair,
            new Deep(List.of(pair), T),
            new Deep(List.of(), T),
            IntTensor.of(1, 2));
    for (Object a : trees) {
      for (Object b : trees) {
        assertEquals(a == b, TensorTree.isAlike(a, b), a + " and " + b);
      }
    }
    assertTrue(TensorTree.isAlike(pair, new Pair(T, T)));
    assertFalse(TensorTree.isAlike(new Own(T, T), new Own(T, T)));
    assertFalse(TensorTree.isAlike(List.of(T), new Own(T, T)));
  }

  @Test
  void eachTensorIsVisitedInOrder() {
    Pair pair = new Pair(Tensor.zeros(2), Tensor.zeros(3));
    Deep deep = new Deep(List.of(pair, pair), T);
    List<Tensor> visited = new ArrayList<>();
    TensorTree.forEach(deep, visited::add);
    assertEquals(TensorTree.flatten(deep), visited);
    Own own = new Own(T, pair.h());
    visited.clear();
    TensorTree.forEach(own, visited::add);
    assertEquals(TensorTree.flatten(own), visited);
    assertThrows(IllegalArgumentException.class, () -> TensorTree.forEach("text", visited::add));
  }
}
