package org.tapeloop.autograd;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GradientMapTest {

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 16, 17, 31, 32, 33, 500})
  void itIsALinkedHashMapThatCannotBeChanged(int count) {
    Map<Tensor, Tensor> expected = new LinkedHashMap<>();
    GradientMap map = new GradientMap(count);
    for (int i = 0; i < count; i++) {
      Tensor tensor = Tensor.of(1);
      Tensor gradient = Tensor.of(i);
      expected.put(tensor, gradient);
      map.add(tensor, gradient);
    }
    assertEquals(expected, map);
    assertEquals(new ArrayList<>(expected.keySet()), new ArrayList<>(map.keySet()));
    assertEquals(new ArrayList<>(expected.values()), new ArrayList<>(map.values()));
    assertFalse(map.containsKey(Tensor.of(1)));
    assertNull(map.get(Tensor.of(1)));
    assertThrows(UnsupportedOperationException.class, () -> map.put(Tensor.of(1), Tensor.of(1)));
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 40})
  void aTensorAskedForTwiceIsThereOnce(int count) {
    Tensor twice = Tensor.of(1);
    Tensor gradient = Tensor.of(2);
    GradientMap map = new GradientMap(count);
    map.add(twice, gradient);
    map.add(twice, gradient);
    assertEquals(1, map.size());
    assertTrue(map.containsKey(twice));
    assertSame(gradient, map.get(twice));
    assertEquals(List.of(twice), List.copyOf(map.keySet()));
  }
}
