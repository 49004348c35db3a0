package org.tapeloop.nn.safetensors;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

class SafeTensorsRoundTripTest {
  private static final List<String> NAMES =
      List.of("w", "weight_ih_l0", "", "a b", "\"quoted\"\\", "line\nbreak", "Größe", "テープ", "😀");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20})
  void whatIsWrittenIsReadBackBitForBit(long seed) throws IOException {
    SplittableRandom random = new SplittableRandom(seed);
    SafeTensorsWriter writer = new SafeTensorsWriter();
    List<Object> expected = new ArrayList<>();
    List<String> names = NAMES.subList(0, random.nextInt(NAMES.size() + 1));
    for (String name : names) {
      Shape shape = randomShape(random);
      int n = shape.size();
      switch (random.nextInt(4)) {
        case 0 -> {
          float[] values = new float[n];
          for (int i = 0; i < n; i++) {
            values[i] = Float.intBitsToFloat(random.nextInt());
          }
          expected.add(Tensor.of(shape, values));
          writer.tensor(name, (Tensor) expected.getLast());
        }
        case 1 -> {
          double[] values = new double[n];
          for (int i = 0; i < n; i++) {
            values[i] = Double.longBitsToDouble(random.nextLong());
          }
          expected.add(Tensor.ofDoubles(shape, values));
          writer.tensor(name, (Tensor) expected.getLast());
        }
        case 2 -> {
          expected.add(IntTensor.of(shape, random.ints(n).toArray()));
          writer.ints(name, (IntTensor) expected.getLast());
        }
        default -> {
          expected.add(random.longs(n).toArray());
          writer.longs(name, shape, (long[]) expected.getLast());
        }
      }
      writer.metadata(name, "value of " + name);
    }
    Path path = folder.resolve("round-trip.safetensors");
    writer.write(path);

    try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
      assertEquals(Set.copyOf(names), file.stored().keySet());
      assertEquals(names, List.copyOf(file.metadata().keySet()));
      for (int i = 0; i < names.size(); i++) {
        String name = names.get(i);
        assertEquals("value of " + name, file.metadata().get(name));
        switch (expected.get(i)) {
          case Tensor tensor -> assertSameBits(tensor, file.tensor(name));
          case IntTensor ints -> assertEquals(ints, file.ints(name));
          case long[] longs -> assertArrayEquals(longs, file.longs(name));
          default -> throw new AssertionError();
        }
      }
    }
  }

  private static Shape randomShape(SplittableRandom random) {
    int[] extents = random.ints(random.nextInt(4), 0, 6).toArray();
    return Shape.of(extents);
  }

  private static void assertSameBits(Tensor expected, Tensor actual) {
    assertEquals(expected.dtype(), actual.dtype());
    assertEquals(expected.shape(), actual.shape());
    if (expected.dtype() == DType.F32) {
      float[] e = expected.toFloatArray();
      float[] a = actual.toFloatArray();
      for (int i = 0; i < e.length; i++) {
        assertEquals(Float.floatToRawIntBits(e[i]), Float.floatToRawIntBits(a[i]));
      }
    } else {
      double[] e = expected.toDoubleArray();
      double[] a = actual.toDoubleArray();
      for (int i = 0; i < e.length; i++) {
        assertEquals(Double.doubleToRawLongBits(e[i]), Double.doubleToRawLongBits(a[i]));
      }
    }
  }

  @Test
  void textsOfManyMegabytesComeBack() throws IOException {
    String text = "m".repeat(20_000_001);
    Path path = folder.resolve("text.safetensors");
    new SafeTensorsWriter().metadata("merges", text).write(path);
    try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
      assertEquals(Set.of(text), Set.copyOf(file.metadata().values()));
    }
  }

  @Test
  void namesThatReadersRefuseAreNotWritten() throws IOException {
    String longest = "n".repeat(50_000);
    Path path = folder.resolve("names.safetensors");
    new SafeTensorsWriter().metadata(longest, "").tensor(longest, Tensor.zeros(1)).write(path);
    try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
      assertEquals(Set.of(longest), file.stored().keySet());
    }
    SafeTensorsWriter writer = new SafeTensorsWriter();
    String longer = longest + "n";
    assertThrows(IllegalArgumentException.class, () -> writer.metadata(longer, ""));
    assertThrows(IllegalArgumentException.class, () -> writer.tensor(longer, Tensor.zeros(1)));
  }

  @Test
  void arraysLongerThanTheBufferAreWrittenWhole() throws IOException {
    Tensor odd = Tensor.of(1, 2, 3);
    Tensor large = Tensor.arange(DType.F32, 0, 300_001, 1);
    Tensor wide = Tensor.arange(DType.F64, 0, 70_003, 1);
    Path path = folder.resolve("large.safetensors");
    new SafeTensorsWriter()
        .tensor("odd", odd)
        .tensor("large", large)
        .tensor("wide", wide)
        .write(path);
    try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
      assertSameBits(odd, file.tensor("odd"));
      assertSameBits(large, file.tensor("large"));
      assertSameBits(wide, file.tensor("wide"));
    }
  }

  @Test
  void viewsAreWrittenAsTheirElements() throws IOException {
    Tensor matrix = Tensor.arange(6).reshape(2, 3);
    Path path = folder.resolve("views.safetensors");
    new SafeTensorsWriter().tensor("t", matrix.t()).tensor("n", matrix.narrow(1, 1, 1)).write(path);
    try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
      assertArrayEquals(new float[] {0, 3, 1, 4, 2, 5}, file.tensor("t").toFloatArray());
      assertArrayEquals(new float[] {1, 4}, file.tensor("n").toFloatArray());
      assertEquals(List.copyOf(file.tensors().keySet()), List.of("t", "n"));
    }
  }

  @Test
  void theFileIsWhatTheFormatSays() throws IOException {
    Path path = folder.resolve("exact.safetensors");
    new SafeTensorsWriter()
        .metadata("k", "é")
        .tensor("a", Tensor.of(1.5f))
        .longs("b", Shape.SCALAR, -2)
        .write(path);
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(path)).order(ByteOrder.LITTLE_ENDIAN);
    int length = (int) bytes.getLong();
    byte[] header = new byte[length];
    bytes.get(header);
    assertEquals(0, length % 8);
    assertEquals(
        "{\"__metadata__\":{\"k\":\"\\u00E9\"},"
            + "\"b\":{\"dtype\":\"I64\",\"shape\":[],\"data_offsets\":[0,8]},"
            + "\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[8,12]}}",
        new String(header, UTF_8).stripTrailing());
    assertEquals(-2, bytes.getLong());
    assertEquals(1.5f, bytes.getFloat());
    assertFalse(bytes.hasRemaining());
  }

  @Test
  void halfPrecisionIsReadExactlyAsSinglePrecision() throws IOException {
    byte[] data =
        ByteBuffer.allocate(12)
            .order(ByteOrder.LITTLE_ENDIAN)
            .putShort((short) 0x3C00) // 1
            .putShort((short) 0xC001) // -2 (1 + 2^-10)
            .putShort((short) 0x0001) // 2^-24, the smallest
            .putShort((short) 0x3F80) // 1
            .putShort((short) 0xC049) // -(3 + 9/64)
            .putShort((short) 0x7F80) // infinity
            .array();
    String header =
        "{\"h\":{\"dtype\":\"F16\",\"shape\":[3],\"data_offsets\":[0,6]},"
            + "\"b\":{\"dtype\":\"BF16\",\"shape\":[3],\"data_offsets\":[6,12]}}";
    try (SafeTensorsFile file =
        SafeTensorsFile.open(Bytes.write(folder, Bytes.file(header, data)))) {
      assertArrayEquals(new float[] {1, -0x1.004p1f, 0x1p-24f}, file.tensor("h").toFloatArray());
      assertArrayEquals(
          new float[] {1, -3.140625f, Float.POSITIVE_INFINITY}, file.tensor("b").toFloatArray());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "BOOL, 1",
    "U8, 255",
    "I8, -1",
    "U16, 65535",
    "I16, -1",
    "U32, 4294967295",
    "I32, -1",
    "I64, -1"
  })
  void integersOfEveryWidthKeepTheirSign(StoredType type, long expected) throws IOException {
    byte[] data = new byte[type.bytes()];
    Arrays.fill(data, (byte) (type == StoredType.BOOL ? 1 : 0xFF));
    String header =
        "{\"i\":{\"dtype\":\"%s\",\"shape\":[],\"data_offsets\":[0,%d]}}"
            .formatted(type, type.bytes());
    try (SafeTensorsFile file =
        SafeTensorsFile.open(Bytes.write(folder, Bytes.file(header, data)))) {
      assertArrayEquals(new long[] {expected}, file.longs("i"));
    }
  }

  @Test
  void whatAnArrayCannotBeReadAsIsRefused() throws IOException {
    Path path = folder.resolve("types.safetensors");
    new SafeTensorsWriter()
        .tensor("f", Tensor.of(1))
        .longs("l", Shape.of(2), 7, 5_000_000_000L)
        .write(path);
    try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
      assertReason("holds no tensor 'g'", () -> file.tensor("g"));
      assertReason(
          "tensor 'l' holds I64, which is no floating point type that can be read",
          () -> file.tensor("l"));
      assertReason("tensor 'f' holds F32, which is no integer type", () -> file.ints("f"));
      assertReason(
          "tensor 'l' holds I64, and element 1, 5000000000, is beyond 32 bits",
          () -> file.ints("l"));
      assertTrue(file.contains("f"));
      assertFalse(file.contains("g"));
    }
  }

  @Test
  void emptyArraysOfAnyExtentAreKeptButNotAllAreTensors() throws IOException {
    String header =
        "{\"e\":{\"dtype\":\"F32\",\"shape\":[0,9223372036854775807],\"data_offsets\":[0,0]}}";
    try (SafeTensorsFile file = SafeTensorsFile.open(Bytes.write(folder, Bytes.file(header)))) {
      assertEquals(List.of(0L, Long.MAX_VALUE), file.stored("e").shape());
      assertReason("tensor 'e' has more elements than a Java array", () -> file.tensor("e"));
    }
  }

  @Test
  void tensorsOutliveTheFile() throws IOException {
    Path path = folder.resolve("closed.safetensors");
    new SafeTensorsWriter().tensor("f", Tensor.of(4)).write(path);
    Tensor read;
    try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
      read = file.tensor("f");
    }
    assertEquals(4, read.item());
  }

  @Test
  void aMissingFileAndAFolderAreNamed() {
    Path missing = folder.resolve("missing.safetensors");
    NoSuchFileException none =
        assertThrows(NoSuchFileException.class, () -> SafeTensorsFile.open(missing));
    assertEquals(missing + ": no such file", none.getMessage());
    assertReason("is not a regular file", () -> SafeTensorsFile.open(folder));
  }

  @Test
  void aWriterRefusesNamesThatNoFileCanHold() {
    SafeTensorsWriter writer = new SafeTensorsWriter().tensor("a", Tensor.of(1)).metadata("k", "");
    assertThrows(
        IllegalArgumentException.class, () -> writer.ints("a", IntTensor.of(1)), "a second a");
    assertThrows(IllegalArgumentException.class, () -> writer.metadata("k", ""));
    assertThrows(IllegalArgumentException.class, () -> writer.tensor("__metadata__", Tensor.of(1)));
    assertThrows(IllegalArgumentException.class, () -> writer.tensor("\ud800", Tensor.of(1)));
    assertThrows(IllegalArgumentException.class, () -> writer.metadata("m", "\udc00"));
    assertThrows(IllegalArgumentException.class, () -> writer.longs("l", Shape.of(2), 1));
  }

  private interface Reading {
    void run() throws IOException;
  }

  private static void assertReason(String reason, Reading reading) {
    SafeTensorsException e = assertThrows(SafeTensorsException.class, reading::run);
    assertTrue(e.getMessage().endsWith(": " + reason), e.getMessage());
  }
}
