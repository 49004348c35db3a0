package org.tapeloop.nn.safetensors;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

class MappedFileTest {
  private static final long GIB = 1L << 30;

  @TempDir Path folder;

  private Path written() throws IOException {
    Path path = folder.resolve("rows.safetensors");
    new SafeTensorsWriter()
        .tensor("matrix", Tensor.arange(24).reshape(4, 3, 2))
        .tensor("number", Tensor.of(5).reshape())
        .ints("tokens", IntTensor.of(7, 8, 9, 10))
        .write(path);
    return path;
  }

  // ---- parts ----

  @Test
  void rowsAreReadAlone() throws IOException {
    try (SafeTensorsFile file = SafeTensorsFile.open(written())) {
      Tensor rows = file.rows("matrix", 1, 2);
      assertEquals(Shape.of(2, 3, 2), rows.shape());
      assertArrayEquals(
          Tensor.arange(24).narrow(0, 6, 12).toFloatArray(), rows.reshape(12).toFloatArray());
      assertEquals(Shape.of(0, 3, 2), file.rows("matrix", 4, 0).shape());
      assertEquals(IntTensor.of(9, 10), file.intRows("tokens", 2, 2));
    }
  }

  @Test
  void rowsThatAreNotThereAreRefused() throws IOException {
    try (SafeTensorsFile file = SafeTensorsFile.open(written())) {
      for (long[] part : new long[][] {{-1, 1}, {0, -1}, {3, 2}, {5, 0}, {Long.MAX_VALUE, 1}}) {
        var e =
            assertThrows(
                IndexOutOfBoundsException.class, () -> file.rows("matrix", part[0], (int) part[1]));
        assertEquals(
            "tensor 'matrix' has 4 rows, not %d from row %d on".formatted(part[1], part[0]),
            e.getMessage());
      }
      assertThrows(IndexOutOfBoundsException.class, () -> file.rows("number", 0, 1));
      assertThrows(SafeTensorsException.class, () -> file.rows("tokens", 0, 1));
      assertThrows(SafeTensorsException.class, () -> file.intRows("matrix", 0, 1));
    }
  }

  @Test
  void aClosedFileSaysSo() throws IOException {
    Path path = written();
    SafeTensorsFile file = SafeTensorsFile.open(path);
    file.close();
    file.close();
    var e = assertThrows(IllegalStateException.class, () -> file.tensor("matrix"));
    assertEquals(path + ": is closed", e.getMessage());
    assertEquals(3, file.stored().size());
  }

  // ---- beyond 32 bits ----

  /** A file of zeros but for what stands at the end, which takes no room for the zeros. */
  private Path sparse(String header, long dataBytes, byte... last) throws IOException {
    assumeTrue(Files.getFileStore(folder).getUsableSpace() > 2 * dataBytes, "not enough disk");
    Path path = folder.resolve("large.safetensors");
    try (FileChannel channel =
        FileChannel.open(
            path,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.WRITE,
            StandardOpenOption.SPARSE)) {
      channel.write(ByteBuffer.wrap(Bytes.file(header)));
      channel.write(ByteBuffer.wrap(last), channel.position() + dataBytes - last.length);
    } catch (IOException e) {
      abort("the disk does not take such a file: " + e.getMessage());
    }
    return path;
  }

  @Test
  void aFileBeyondTwoGibibytesIsReadInParts() throws IOException {
    long rows = 3 * GIB / 4;
    String header =
        "{\"large\":{\"dtype\":\"F16\",\"shape\":[%d,2],\"data_offsets\":[0,%d]},"
                .formatted(rows, 3 * GIB)
            + "\"tokens\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[%d,%d]}}"
                .formatted(3 * GIB, 3 * GIB + 3);
    byte[] last = {0, 0x3C, 0, 0x40, 11, 12, (byte) 200}; // 1 and 2 as F16
    Path path = sparse(header, 3 * GIB + 3, last);
    try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
      assertEquals(2 * rows, file.stored("large").size());
      assertArrayEquals(new float[] {0, 0}, file.rows("large", 0, 1).toFloatArray());
      assertArrayEquals(new float[] {0, 0, 1, 2}, file.rows("large", rows - 2, 2).toFloatArray());
      assertEquals(IntTensor.of(11, 12, 200), file.ints("tokens"));
      assertEquals(IntTensor.of(200), file.intRows("tokens", 2, 1));
    }
  }

  @Test
  void anArrayLongerThanJavasIsRefusedAsAWhole() throws IOException {
    String header =
        "{\"large\":{\"dtype\":\"I8\",\"shape\":[%d],\"data_offsets\":[0,%d]}}"
            .formatted(3 * GIB, 3 * GIB);
    Path path = sparse(header, 3 * GIB, (byte) -3);
    try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
      var e = assertThrows(SafeTensorsException.class, () -> file.ints("large"));
      assertTrue(e.getMessage().endsWith("tensor 'large' has more elements than a Java array"));
      assertEquals(IntTensor.of(0, -3), file.intRows("large", 3 * GIB - 2, 2));
    }
  }

  // ---- files that somebody else changes ----

  /** A file of many pages. */
  private Path large() throws IOException {
    Path path = folder.resolve("changing.safetensors");
    new SafeTensorsWriter().tensor("a", Tensor.zeros(1 << 18)).write(path);
    return path;
  }

  private static void assertChanged(SafeTensorsFile file, Path path) {
    var e = assertThrows(SafeTensorsException.class, () -> file.tensor("a"));
    assertEquals(path + ": was changed while it was open", e.getMessage());
  }

  @Test
  void aFileCutShortWhileOpenIsRefused() throws IOException {
    Path path = large();
    try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
      file.tensor("a");
      cut(path);
      assertChanged(file, path);
    }
  }

  private static void cut(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
      channel.truncate(4096);
    }
  }

  @Test
  void pagesThatAreGoneAreRefusedWithoutACrash() throws IOException {
    Path path = large();
    try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
      Path moved = Files.move(path, folder.resolve("moved.safetensors"));
      Files.write(path, new byte[] {1});
      // Another file has its name, so that nothing but the fault itself tells.
      cut(moved);
      assertChanged(file, path);
    }
  }

  @Test
  void aFileWrittenToWhileOpenIsRefused() throws IOException {
    Path path = large();
    try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
      Files.write(path, new byte[] {1}, StandardOpenOption.APPEND);
      assertChanged(file, path);
    }
  }

  @Test
  void aFileThatIsReplacedOrDeletedIsReadAsItWas() throws IOException {
    Path path = large();
    try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
      Path other = folder.resolve("other.safetensors");
      new SafeTensorsWriter().tensor("b", Tensor.of(1)).write(other);
      Files.move(other, path, StandardCopyOption.REPLACE_EXISTING);
      assertEquals(1 << 18, file.tensor("a").size());
      Files.delete(path);
      assertEquals(1 << 18, file.tensor("a").size());
    }
  }
}
