package org.tapeloop.nn.safetensors;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * An open safetensors file. Opening reads and checks the header; the file is mapped into memory, so
 * that an array costs nothing until it is asked for, and then one copy. Of an array that is larger
 * than memory, or than a Java array, rows can be read.
 *
 * <pre>{@code
 * try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
 *   Tensor weight = file.tensor("weight_ih_l0");
 *   Tensor some = file.rows("embedding", 1_000_000, 64);
 * }
 * }</pre>
 *
 * <p>Several threads may read one open file. A file that is written to or cut short by others while
 * it is open can no longer be read, and says so, as far as its size and time tell; {@link
 * SafeTensorsWriter} replaces files and never changes one.
 */
public final class SafeTensorsFile implements AutoCloseable {
  private static final ValueLayout.OfLong LENGTH =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path path;
  private final MappedFile file;
  private final Header header;

  /** Where the arrays begin. */
  private final long data;

  private SafeTensorsFile(Path path, MappedFile file, Header header, long data) {
    this.path = path;
    this.file = file;
    this.header = header;
    this.data = data;
  }

  /**
   * Opens a file and checks its header against every rule of the format.
   *
   * @throws SafeTensorsException if the file is malformed
   * @throws IOException if it does not exist or cannot be read
   * @throws IllegalStateException if {@code jackson-core} is not on the class path
   */
  public static SafeTensorsFile open(Path path) throws IOException {
    JacksonPresence.require();
    MappedFile file = new MappedFile(path);
    try {
      long size = file.size();
      if (size < Long.BYTES) {
        throw new SafeTensorsException(
            path, "has %d bytes, too few for the length of a header".formatted(size), null);
      }
      long headerBytes = file.read(0, size, bytes -> headerBytes(path, bytes));
      long data = Long.BYTES + headerBytes;
      Header header =
          file.read(
              Long.BYTES,
              headerBytes,
              text -> HeaderParser.parse(path, new BufferStream(text.asByteBuffer()), size - data));
      return new SafeTensorsFile(path, file, header, data);
    } catch (IOException | RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  private static long headerBytes(Path path, MemorySegment bytes) throws SafeTensorsException {
    long length = bytes.get(LENGTH, 0);
    long rest = bytes.byteSize() - Long.BYTES;
    if (length < 0 || length > Header.MAX_BYTES) {
      throw new SafeTensorsException(
          path,
          "is not a safetensors file, or damaged: its header is said to be %s bytes long, more than the %d allowed"
              .formatted(Long.toUnsignedString(length), Header.MAX_BYTES),
          null);
    }
    if (length > rest) {
      throw new SafeTensorsException(
          path,
          "is not a safetensors file, or cut off: its header is said to be %d bytes long, but %d follow"
              .formatted(length, rest),
          null);
    }
    if (length == 0 || bytes.get(ValueLayout.JAVA_BYTE, Long.BYTES) != '{') {
      throw new SafeTensorsException(path, "its header does not begin with '{'", null);
    }
    return length;
  }

  /** The text map of the file, in its order; empty if there is none. */
  public Map<String, String> metadata() {
    return header.metadata();
  }

  /** What the file holds by name, in the order of the header. */
  public Map<String, StoredTensor> stored() {
    return header.tensors();
  }

  /** Whether the file holds an array of this name. */
  public boolean contains(String name) {
    return header.tensors().containsKey(name);
  }

  /**
   * What the header says of one array.
   *
   * @throws SafeTensorsException if the file has none of this name
   */
  public StoredTensor stored(String name) throws SafeTensorsException {
    StoredTensor found = header.tensors().get(name);
    if (found == null) {
      throw new SafeTensorsException(path, "holds no tensor " + Header.quoted(name), null);
    }
    return found;
  }

  /**
   * A floating point array: F32 and F64 as they are, F16 and BF16 exactly, as F32.
   *
   * @throws SafeTensorsException if there is none of this name, it holds another type, it has more
   *     elements than a Java array, or the file has changed
   * @throws IllegalStateException if the file is closed
   */
  public Tensor tensor(String name) throws IOException {
    return floats(Part.all(stored(name)));
  }

  /**
   * Some rows of a floating point array, as {@link #tensor} reads them: entries of its first axis.
   *
   * @param first the first row
   * @param count how many rows
   * @throws IndexOutOfBoundsException if the array has not these rows
   * @throws SafeTensorsException as {@link #tensor}
   */
  public Tensor rows(String name, long first, int count) throws IOException {
    return floats(Part.rows(stored(name), first, count));
  }

  private Tensor floats(Part part) throws IOException {
    StoredType type = part.of().type();
    if (!type.isFloat()) {
      throw refusal(part.of(), "which is no floating point type that can be read");
    }
    Shape shape = shape(part);
    return elements(
        part,
        elements ->
            type == StoredType.F64
                ? Tensor.ofDoubles(shape, elements.doubles())
                : Tensor.of(shape, elements.floats()));
  }

  /** All floating point arrays by name, in the order of the header; see {@link #tensor}. */
  public Map<String, Tensor> tensors() throws IOException {
    Map<String, Tensor> found = new LinkedHashMap<>();
    for (StoredTensor stored : header.tensors().values()) {
      if (stored.type().isFloat()) {
        found.put(stored.name(), tensor(stored.name()));
      }
    }
    return found;
  }

  /**
   * An integer array.
   *
   * @throws SafeTensorsException if there is none of this name, it holds no integers, one of them
   *     is beyond 32 bits, it has more elements than a Java array, or the file has changed
   * @throws IllegalStateException if the file is closed
   */
  public IntTensor ints(String name) throws IOException {
    return ints(Part.all(stored(name)));
  }

  /**
   * Some rows of an integer array: entries of its first axis, such as a stretch of a long text.
   *
   * @param first the first row
   * @param count how many rows
   * @throws IndexOutOfBoundsException if the array has not these rows
   * @throws SafeTensorsException as {@link #ints}
   */
  public IntTensor intRows(String name, long first, int count) throws IOException {
    return ints(Part.rows(stored(name), first, count));
  }

  private IntTensor ints(Part part) throws IOException {
    long[] wide = longs(part);
    int[] values = new int[wide.length];
    for (int i = 0; i < wide.length; i++) {
      values[i] = (int) wide[i];
      if (values[i] != wide[i]) {
        throw refusal(part.of(), "and element %d, %d, is beyond 32 bits".formatted(i, wide[i]));
      }
    }
    return IntTensor.of(shape(part), values);
  }

  /**
   * The elements of an integer array in row-major order; its shape is in {@link #stored(String)}.
   *
   * @throws SafeTensorsException if there is none of this name, it holds no integers, one of them
   *     is beyond a signed 64-bit number, it has more elements than a Java array, or the file has
   *     changed
   * @throws IllegalStateException if the file is closed
   */
  public long[] longs(String name) throws IOException {
    return longs(Part.all(stored(name)));
  }

  private long[] longs(Part part) throws IOException {
    if (!part.of().type().isInteger()) {
      throw refusal(part.of(), "which is no integer type");
    }
    Shape shape = shape(part);
    long[] values = elements(part, Elements::longs);
    for (int i = 0; i < shape.size(); i++) {
      if (part.of().type() == StoredType.U64 && values[i] < 0) {
        throw refusal(part.of(), "and element " + i + " is beyond a signed 64-bit number");
      }
    }
    return values;
  }

  /**
   * An array or some of its rows.
   *
   * @param shape its own, which has as many axes
   * @param begin where its bytes begin among those of all arrays
   * @param bytes how many there are
   */
  private record Part(StoredTensor of, List<Long> shape, long begin, long bytes) {
    static Part all(StoredTensor stored) {
      return new Part(stored, stored.shape(), stored.begin(), stored.end() - stored.begin());
    }

    static Part rows(StoredTensor stored, long first, int count) {
      if (stored.shape().isEmpty()) {
        throw new IndexOutOfBoundsException(
            "tensor " + Header.quoted(stored.name()) + " is a single number without rows");
      }
      long rows = stored.shape().getFirst();
      if (first < 0 || count < 0 || first > rows - count) {
        throw new IndexOutOfBoundsException(
            "tensor %s has %d rows, not %d from row %d on"
                .formatted(Header.quoted(stored.name()), rows, count, first));
      }
      long rowBytes = rows == 0 ? 0 : (stored.end() - stored.begin()) / rows;
      List<Long> shape = new ArrayList<>(stored.shape());
      shape.set(0, (long) count);
      return new Part(stored, shape, stored.begin() + first * rowBytes, count * rowBytes);
    }
  }

  private <T> T elements(Part part, Function<Elements, T> reading) throws IOException {
    return file.read(
        data + part.begin(),
        part.bytes(),
        bytes -> reading.apply(new Elements(part.of().type(), bytes)));
  }

  /** The shape, if a Java array can hold it. */
  private Shape shape(Part part) throws SafeTensorsException {
    int[] extents = new int[part.shape().size()];
    try {
      for (int axis = 0; axis < extents.length; axis++) {
        extents[axis] = Math.toIntExact(part.shape().get(axis));
      }
      return Shape.of(extents);
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new SafeTensorsException(
          path,
          "tensor %s has more elements than a Java array"
              .formatted(Header.quoted(part.of().name())),
          e);
    }
  }

  private SafeTensorsException refusal(StoredTensor stored, String reason) {
    return new SafeTensorsException(
        path,
        "tensor %s holds %s, %s".formatted(Header.quoted(stored.name()), stored.type(), reason),
        null);
  }

  /** Unmaps the file, if that has not happened yet. Tensors that were read stay as they are. */
  @Override
  public void close() {
    file.close();
  }

  /** The bytes of a buffer as a stream, so that a long header is never held as one array. */
  private static final class BufferStream extends InputStream {
    private final ByteBuffer buffer;

    BufferStream(ByteBuffer buffer) {
      this.buffer = buffer;
    }

    @Override
    public int read() {
      return buffer.hasRemaining() ? Byte.toUnsignedInt(buffer.get()) : -1;
    }

    @Override
    public int read(byte[] to, int offset, int length) {
      if (!buffer.hasRemaining()) {
        return -1;
      }
      int count = Math.min(length, buffer.remaining());
      buffer.get(to, offset, count);
      return count;
    }
  }
}
