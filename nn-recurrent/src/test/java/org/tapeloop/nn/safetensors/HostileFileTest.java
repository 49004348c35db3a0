package org.tapeloop.nn.safetensors;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

class HostileFileTest {
  @TempDir Path folder;

  private static String tensor(String name, String type, String shape, String offsets) {
    return "\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}"
        .formatted(name, type, shape, offsets);
  }

  /** Headers over eight bytes of data, and what is said of them. */
  static Stream<Arguments> headers() {
    String good = tensor("a", "F32", "[2]", "[0,8]");
    return Stream.of(
        Arguments.of("[]", "its header does not begin with '{'"),
        Arguments.of(" {" + good + "}", "its header does not begin with '{'"),
        Arguments.of("{" + good, "the header is not valid JSON"),
        Arguments.of("{" + good + ",}", "the header is not valid JSON"),
        Arguments.of("{" + good + "} x", "the header is not valid JSON"),
        Arguments.of("{" + good + "}{}", "the header goes on after its JSON object"),
        Arguments.of("{a:1}", "the header is not valid JSON"),
        Arguments.of("{'a':1}", "the header is not valid JSON"),
        Arguments.of("{/* */" + good + "}", "the header is not valid JSON"),
        Arguments.of("{" + good + "}\u0000", "the header is not valid JSON"),
        Arguments.of("\ufeff{" + good + "}", "its header does not begin with '{'"),
        Arguments.of(
            "{" + tensor("a".repeat(60_000), "F32", "[2]", "[0,8]") + "}",
            "the header is not valid JSON: Name length"),
        Arguments.of("{\"a\":[[[[[[]]]]]]}", "tensor 'a' is not described by a JSON object"),
        Arguments.of(
            "{\"a\":{\"dtype\":" + "[".repeat(100_000),
            "tensor 'a' has a dtype that is not a string"),
        Arguments.of(
            "{\"a\":{\"shape\":[" + "[".repeat(100_000), "the header is not valid JSON: Document"),
        Arguments.of("{\"a\":1}", "tensor 'a' is not described by a JSON object"),
        Arguments.of("{\"a\":null}", "tensor 'a' is not described by a JSON object"),
        Arguments.of("{\"a\":{}}", "tensor 'a' has no dtype"),
        Arguments.of("{\"a\":{\"dtype\":\"F32\"}}", "tensor 'a' has no shape"),
        Arguments.of("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", "tensor 'a' has no data_offsets"),
        Arguments.of("{\"a\":{\"dtype\":7}}", "tensor 'a' has a dtype that is not a string"),
        Arguments.of("{\"a\":{\"strides\":[1]}}", "tensor 'a' has an unknown property 'strides'"),
        Arguments.of(
            "{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}",
            "tensor 'a' has the property dtype twice"),
        Arguments.of("{" + good + "," + good + "}", "the name 'a' occurs twice"),
        Arguments.of(
            "{" + good + "," + good.replace("\"a\"", "\"\\u0061\"") + "}",
            "the name 'a' occurs twice"),
        Arguments.of(
            "{\"__metadata__\":{},\"__metadata__\":{}," + good + "}",
            "the name '__metadata__' occurs twice"),
        Arguments.of("{\"__metadata__\":[]}", "__metadata__ is not a JSON object"),
        Arguments.of("{\"__metadata__\":{\"k\":1}}", "metadata 'k' is not a string"),
        Arguments.of(
            "{\"__metadata__\":{\"k\":\"\",\"k\":\"\"}}", "the metadata key 'k' occurs twice"),
        Arguments.of("{\"\\ud800\":1}", "the header has an unpaired surrogate in '\\ud800'"),
        Arguments.of(
            "{" + tensor("a", "F31", "[2]", "[0,8]") + "}",
            "tensor 'a' has the unknown dtype 'F31'"),
        Arguments.of(
            "{" + tensor("a", "f32", "[2]", "[0,8]") + "}",
            "tensor 'a' has the unknown dtype 'f32'"),
        Arguments.of(
            "{" + tensor("a", "F32", "2", "[0,8]") + "}",
            "tensor 'a' has a shape that is not an array"),
        Arguments.of(
            "{" + tensor("a", "F32", "[-2]", "[0,8]") + "}",
            "tensor 'a' has a shape with the negative entry '-2'"),
        Arguments.of(
            "{" + tensor("a", "F32", "[2.0]", "[0,8]") + "}",
            "tensor 'a' has a shape with an entry that is not a whole number"),
        Arguments.of(
            "{" + tensor("a", "F32", "[-0]", "[0,8]") + "}",
            "tensor 'a' has a shape with the negative entry '-0'"),
        Arguments.of(
            "{" + tensor("a", "F32", "[2e0]", "[0,8]") + "}",
            "tensor 'a' has a shape with an entry that is not a whole number"),
        Arguments.of(
            "{" + tensor("a", "F32", "[\"2\"]", "[0,8]") + "}",
            "tensor 'a' has a shape with an entry that is not a whole number"),
        Arguments.of(
            "{" + tensor("a", "F32", "[02]", "[0,8]") + "}", "the header is not valid JSON"),
        Arguments.of(
            "{" + tensor("a", "F32", "[+2]", "[0,8]") + "}", "the header is not valid JSON"),
        Arguments.of(
            "{" + tensor("a", "F32", "[NaN]", "[0,8]") + "}", "the header is not valid JSON"),
        Arguments.of(
            "{" + tensor("a", "F32", "[" + "9".repeat(2000) + "]", "[0,8]") + "}",
            "the header is not valid JSON: Number value length"),
        Arguments.of(
            "{" + tensor("a", "F32", "[9223372036854775808]", "[0,8]") + "}",
            "tensor 'a' has a shape with an entry beyond 64 bits"),
        Arguments.of(
            "{" + tensor("a", "F32", "[4611686018427387904,4]", "[0,8]") + "}",
            "tensor 'a' has a shape whose size is beyond 64 bits"),
        Arguments.of(
            "{" + tensor("a", "F32", "[4294967296,4294967296]", "[0,8]") + "}",
            "tensor 'a' has a shape whose size is beyond 64 bits"),
        Arguments.of(
            "{" + tensor("a", "U8", "[4294967304]", "[0,8]") + "}",
            "tensor 'a' takes 4294967304 bytes as U8 of its shape, but its data_offsets span 8"),
        Arguments.of(
            "{" + tensor("a", "F32", "[4294967296,4294967296,0]", "[0,0]") + "}",
            "tensor 'a' has a shape whose size is beyond 64 bits"),
        Arguments.of(
            "{" + tensor("a", "F32", "[]", "[0,8]") + "}",
            "tensor 'a' takes 4 bytes as F32 of its shape, but its data_offsets span 8"),
        Arguments.of(
            "{" + tensor("a", "F32", "[2,0]", "[0,8]") + "}",
            "tensor 'a' takes 0 bytes as F32 of its shape, but its data_offsets span 8"),
        Arguments.of(
            "{" + tensor("a", "F32", "[3]", "[0,8]") + "}",
            "tensor 'a' takes 12 bytes as F32 of its shape, but its data_offsets span 8"),
        Arguments.of(
            "{" + tensor("a", "F64", "[2]", "[0,8]") + "}",
            "tensor 'a' takes 16 bytes as F64 of its shape, but its data_offsets span 8"),
        Arguments.of(
            "{" + tensor("a", "F32", "[2]", "[0]") + "}", "tensor 'a' has 1 data_offsets, not 2"),
        Arguments.of(
            "{" + tensor("a", "F32", "[2]", "[8,0]") + "}",
            "tensor 'a' ends at byte 0, before its begin at 8"),
        Arguments.of(
            "{" + tensor("a", "F32", "[2]", "[4,12]") + "}",
            "tensor 'a' ends at byte 12, but the file holds 8 bytes of data"),
        Arguments.of(
            "{" + tensor("a", "F32", "[2]", "[0,9223372036854775807]") + "}",
            "tensor 'a' ends at byte 9223372036854775807, but the file holds 8 bytes of data"),
        Arguments.of(
            "{" + tensor("a", "F32", "[2]", "[0,4,8]") + "}",
            "tensor 'a' has 3 data_offsets, not 2"),
        Arguments.of(
            "{" + tensor("a", "F32", "[2]", "[-8,0]") + "}",
            "tensor 'a' has a data_offsets with the negative entry '-8'"),
        Arguments.of(
            "{" + good + "," + tensor("b", "F32", "[1]", "[4,8]") + "}",
            "tensor 'b' overlaps tensor 'a'"),
        Arguments.of(
            "{" + good + "," + tensor("b", "F32", "[2]", "[0,8]") + "}",
            "tensor 'b' overlaps tensor 'a'"),
        Arguments.of(
            "{" + good + "," + tensor("e", "F32", "[0]", "[4,4]") + "}",
            "tensor 'e' overlaps tensor 'a'"),
        Arguments.of(
            "{" + tensor("a", "U8", "[2]", "[0,2]") + "," + tensor("b", "U8", "[5]", "[3,8]") + "}",
            "bytes 2 to 3 of the data belong to no tensor"),
        Arguments.of(
            "{" + tensor("a", "F32", "[1]", "[4,8]") + "}",
            "bytes 0 to 4 of the data belong to no tensor"),
        Arguments.of(
            "{" + tensor("a", "F32", "[1]", "[0,4]") + "}",
            "bytes 4 to 8 of the data belong to no tensor"),
        Arguments.of("{}", "bytes 0 to 8 of the data belong to no tensor"),
        Arguments.of(
            "{" + tensor("a\\nb".repeat(50), "F31", "[2]", "[0,8]") + "}",
            "tensor 'a\\u000ab" + "a\\u000ab".repeat(25) + "a\\u000a...' has the unknown dtype"));
  }

  @ParameterizedTest
  @MethodSource("headers")
  void headersThatBreakARuleAreRefusedInOneLine(String header, String reason) throws IOException {
    assertRefused(reason, Bytes.file(header, new byte[8]));
  }

  @Test
  void lengthsOfTheHeaderThatCannotBeAreRefused() throws IOException {
    byte[] text = "{}".getBytes(UTF_8);
    assertRefused("has 0 bytes, too few for the length of a header", new byte[0]);
    assertRefused("has 7 bytes, too few for the length of a header", new byte[7]);
    assertRefused("its header does not begin with '{'", Bytes.file(0, new byte[0]));
    String cutOff = "is not a safetensors file, or cut off: its header is said to be ";
    assertRefused(cutOff + "3 bytes long, but 2 follow", Bytes.file(3, text));
    String damaged = "is not a safetensors file, or damaged: its header is said to be ";
    assertRefused(
        damaged + "100000001 bytes long, more than the 100000000 allowed",
        Bytes.file(100_000_001, text));
    assertRefused(damaged + "18446744073709551615 bytes long", Bytes.file(-1, text));
    assertRefused(damaged + "9223372036854775808 bytes long", Bytes.file(Long.MIN_VALUE, text));
    // As 32 bits it would be the right length.
    assertRefused(damaged + "4294967298 bytes long", Bytes.file((1L << 32) + 2, text));
  }

  @Test
  void onlyUtf8IsAHeader() throws IOException {
    byte[] latin = "{\"\u00e9\":{}}".getBytes(ISO_8859_1);
    assertRefused("the header is not UTF-8", Bytes.file(latin.length, latin));
    for (int[] sequence :
        new int[][] {
          {0xC0, 0x80}, // NUL in two bytes
          {0xC1, 0xA1}, // 'a' in two
          {0xED, 0xA0, 0x80}, // half of a surrogate pair
          {0xF4, 0x90, 0x80, 0x80}, // beyond U+10FFFF
          {0xE3, 0x83}, // cut short
          {0x80}, // never begun
          {0xFF},
        }) {
      byte[] text = latin.clone();
      byte[] bad = new byte[text.length + sequence.length - 1];
      System.arraycopy(text, 0, bad, 0, 2);
      for (int i = 0; i < sequence.length; i++) {
        bad[2 + i] = (byte) sequence[i];
      }
      System.arraycopy(text, 3, bad, 2 + sequence.length, text.length - 3);
      assertRefused("the header is not UTF-8", Bytes.file(bad.length, bad));
    }
    byte[] wide = "{}".getBytes(UTF_16LE);
    assertRefused("the header is not valid JSON", Bytes.file(wide.length, wide));
  }

  /** Headers over eight bytes of data that are unusual, and allowed. */
  static Stream<String> unusualHeaders() {
    String good = tensor("a", "F32", "[2]", "[0,8]");
    String empty = tensor("e", "F32", "[3,0]", "%s");
    return Stream.of(
        "{ \t" + good.replace(":", " :\r\n") + "\n}  \n",
        "{" + good.replace("F32", "\\u0046\\u0033\\u0032") + "}",
        "{\"a\":{\"data_offsets\":[0,8],\"shape\":[2],\"dtype\":\"F32\"}}",
        "{" + good + ",\"__metadata__\":{}}",
        "{" + empty.formatted("[0,0]") + "," + good + "}",
        "{" + good + "," + empty.formatted("[8,8]") + "}",
        "{"
            + empty.formatted("[8,8]")
            + ","
            + tensor("f", "U8", "[0]", "[8,8]")
            + ","
            + good
            + "}");
  }

  @ParameterizedTest
  @MethodSource("unusualHeaders")
  void headersThatOnlyLookUnusualAreRead(String header) throws IOException {
    byte[] data = {0, 0, (byte) 0x80, 0x3f, 0, 0, 0, 0x40};
    try (SafeTensorsFile file =
        SafeTensorsFile.open(Bytes.write(folder, Bytes.file(header, data)))) {
      assertArrayEquals(new float[] {1, 2}, file.tensor("a").toFloatArray());
      if (file.contains("e")) {
        assertEquals(Shape.of(3, 0), file.tensor("e").shape());
      }
    }
  }

  @Test
  void aFileOfNothingIsRead() throws IOException {
    try (SafeTensorsFile file = SafeTensorsFile.open(Bytes.write(folder, Bytes.file("{}")))) {
      assertEquals(Map.of(), file.stored());
      assertEquals(Map.of(), file.metadata());
    }
  }

  private void assertRefused(String reason, byte[] bytes) throws IOException {
    Path path = Bytes.write(folder, bytes);
    SafeTensorsException e =
        assertThrows(SafeTensorsException.class, () -> SafeTensorsFile.open(path));
    assertTrue(e.getMessage().startsWith(path + ": " + reason), e.getMessage());
    assertEquals(1, e.getMessage().lines().count(), e.getMessage());
    assertTrue(e.getMessage().length() < path.toString().length() + 800, e.getMessage());
  }

  private byte[] sample() throws IOException {
    Path path = folder.resolve("sample.safetensors");
    new SafeTensorsWriter()
        .metadata("format", "sample-1")
        .tensor("weight_ih_l0", Tensor.arange(12).reshape(3, 4))
        .tensor("bias", Tensor.ofDoubles(1, 2, 3))
        .ints("lengths", IntTensor.of(3, 1, 2))
        .write(path);
    return Files.readAllBytes(path);
  }

  /** Opens a file and reads all of it; anything but the documented refusal breaks the test. */
  private boolean isRead(byte[] bytes) throws IOException {
    try (SafeTensorsFile file = SafeTensorsFile.open(Bytes.write(folder, bytes))) {
      for (StoredTensor stored : file.stored().values()) {
        try {
          if (stored.type().isFloat()) {
            file.tensor(stored.name()).toDoubleArray();
          } else {
            file.ints(stored.name());
          }
        } catch (SafeTensorsException e) {
          assertEquals(1, e.getMessage().lines().count(), e.getMessage());
        }
      }
      return true;
    } catch (SafeTensorsException e) {
      assertEquals(1, e.getMessage().lines().count(), e.getMessage());
      return false;
    }
  }

  @Test
  void everyTruncationIsRefused() throws IOException {
    byte[] whole = sample();
    assertTrue(isRead(whole));
    for (int length = 0; length < whole.length; length++) {
      assertFalse(isRead(Arrays.copyOf(whole, length)), "cut to " + length + " bytes");
    }
    assertFalse(isRead(Arrays.copyOf(whole, whole.length + 1)), "one byte more");
  }

  @Test
  void everyFlippedBitOfTheHeaderIsReadOrRefused() throws IOException {
    byte[] whole = sample();
    int end = whole.length - 12 * 4 - 3 * 8 - 3 * 4;
    for (int bit = 0; bit < 8 * end; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << bit % 8);
      boolean read = isRead(flipped);
      assertFalse(read && bit < 8 * Long.BYTES - 56, "a flipped low bit of the length, " + bit);
    }
  }

  @Test
  void randomDamageIsReadOrRefused() throws IOException {
    byte[] whole = sample();
    SplittableRandom random = new SplittableRandom(20);
    String alphabet = "{}[]\",:0123456789-.eE\\u truefalsnF32I64_\u0000\u00ff";
    for (int round = 0; round < 3000; round++) {
      byte[] damaged = whole.clone();
      for (int hits = random.nextInt(1, 5); hits > 0; hits--) {
        char letter = alphabet.charAt(random.nextInt(alphabet.length()));
        damaged[random.nextInt(Long.BYTES, damaged.length)] = (byte) letter;
      }
      isRead(damaged);
    }
  }

  @Test
  void randomBytesAreRefused() throws IOException {
    SplittableRandom random = new SplittableRandom(21);
    for (int round = 0; round < 1000; round++) {
      byte[] noise = new byte[random.nextInt(200)];
      random.nextBytes(noise);
      assertFalse(isRead(noise));
      byte[] behindGoodLength = Bytes.file(noise.length, noise);
      assertFalse(isRead(behindGoodLength));
    }
  }
}
