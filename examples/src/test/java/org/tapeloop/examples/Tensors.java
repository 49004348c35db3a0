package org.tapeloop.examples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.tapeloop.nn.safetensors.SafeTensorsFile;

/** The tensors of checkpoints, to be compared bit for bit. */
final class Tensors {
  private Tensors() {}

  /** All arrays of a checkpoint by name. */
  static Map<String, double[]> of(Path checkpoint) throws IOException {
    Map<String, double[]> values = new TreeMap<>();
    try (SafeTensorsFile file = SafeTensorsFile.open(checkpoint)) {
      file.tensors().forEach((name, tensor) -> values.put(name, tensor.toDoubleArray()));
    }
    return values;
  }

  static void assertSame(Map<String, double[]> expected, Map<String, double[]> actual) {
    assertEquals(expected.keySet(), actual.keySet());
    expected.forEach((name, values) -> assertArrayEquals(values, actual.get(name), name));
  }
}
