package org.tapeloop.nn.safetensors;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * An open safetensors file. Opening reads and checks the header; the file is mapped into memory, so
 * that an array costs nothing until it is asked for, and then one copy.
 *
 * <pre>{@code
 * try (SafeTensorsFile file = SafeTensorsFile.open(path)) {
 *   Tensor weight = file.tensor("weight_ih_l0");
 * }
 * }</pre>
 *
 * <p>Several threads may read one open file. It must not be cut short by others while it is open;
 * {@link SafeTensorsWriter} replaces files and never changes one.
 */
public final class SafeTensorsFile implements AutoCloseable {
  private static final ValueLayout.OfShort SHORTS =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INTS =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONGS =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfFloat FLOATS =
      ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfDouble DOUBLES =
      ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final Path path;
  private final Arena arena;
  private final Header header;
  private final MemorySegment data;

  private SafeTensorsFile(Path path, Arena arena, Header header, MemorySegment data) {
    this.path = path;
    this.arena = arena;
    this.header = header;
    this.data = data;
  }

  /**
   * Opens a file and checks its header against every rule of the format.
   *
   * @throws SafeTensorsException if the file is malformed
   * @throws IOException if it does not exist or cannot be read
   */
  public static SafeTensorsFile open(Path path) throws IOException {
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString(), null, "no such file");
    }
    if (!Files.isRegularFile(path)) {
      throw new SafeTensorsException(path, "is not a regular file", null);
    }
    Arena arena = Arena.ofShared();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size < Long.BYTES) {
        throw new SafeTensorsException(
            path, "has %d bytes, too few for the length of a header".formatted(size), null);
      }
      MemorySegment bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
      long headerBytes = headerBytes(path, bytes);
      MemorySegment text = bytes.asSlice(Long.BYTES, headerBytes);
      MemorySegment data = bytes.asSlice(Long.BYTES + headerBytes);
      Header header =
          HeaderParser.parse(path, new BufferStream(text.asByteBuffer()), data.byteSize());
      return new SafeTensorsFile(path, arena, header, data);
    } catch (IOException | RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  private static long headerBytes(Path path, MemorySegment bytes) throws SafeTensorsException {
    long length = bytes.get(LONGS, 0);
    long rest = bytes.byteSize() - Long.BYTES;
    if (length < 0 || length > Header.MAX_BYTES) {
      throw new SafeTensorsException(
          path,
          "its header is said to be %s bytes long, more than the %d allowed"
              .formatted(Long.toUnsignedString(length), Header.MAX_BYTES),
          null);
    }
    if (length > rest) {
      throw new SafeTensorsException(
          path,
          "its header is said to be %d bytes long, but %d follow".formatted(length, rest),
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
   * @throws SafeTensorsException if there is none of this name, it holds another type, or it has
   *     more elements than a Java array
   */
  public Tensor tensor(String name) throws SafeTensorsException {
    StoredTensor stored = stored(name);
    if (!stored.type().isFloat()) {
      throw refusal(stored, "which is no floating point type that can be read");
    }
    Shape shape = shape(stored);
    long begin = stored.begin();
    int size = shape.size();
    if (stored.type() == StoredType.F64) {
      double[] values = new double[size];
      MemorySegment.copy(data, DOUBLES, begin, values, 0, size);
      return Tensor.ofDoubles(shape, values);
    }
    float[] values = new float[size];
    switch (stored.type()) {
      case F16 -> {
        for (int i = 0; i < size; i++) {
          values[i] = Float.float16ToFloat(data.get(SHORTS, begin + 2L * i));
        }
      }
      case BF16 -> {
        for (int i = 0; i < size; i++) {
          values[i] = Float.intBitsToFloat(data.get(SHORTS, begin + 2L * i) << 16);
        }
      }
      default -> MemorySegment.copy(data, FLOATS, begin, values, 0, size);
    }
    return Tensor.of(shape, values);
  }

  /** All floating point arrays by name, in the order of the header; see {@link #tensor}. */
  public Map<String, Tensor> tensors() throws SafeTensorsException {
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
   *     is beyond 32 bits, or it has more elements than a Java array
   */
  public IntTensor ints(String name) throws SafeTensorsException {
    StoredTensor stored = stored(name);
    long[] wide = longs(name);
    int[] values = new int[wide.length];
    for (int i = 0; i < wide.length; i++) {
      values[i] = (int) wide[i];
      if (values[i] != wide[i]) {
        throw refusal(stored, "and element %d, %d, is beyond 32 bits".formatted(i, wide[i]));
      }
    }
    return IntTensor.of(shape(stored), values);
  }

  /**
   * The elements of an integer array in row-major order; its shape is in {@link #stored(String)}.
   *
   * @throws SafeTensorsException if there is none of this name, it holds no integers, one of them
   *     is beyond a signed 64-bit number, or it has more elements than a Java array
   */
  public long[] longs(String name) throws SafeTensorsException {
    StoredTensor stored = stored(name);
    StoredType type = stored.type();
    if (!type.isInteger()) {
      throw refusal(stored, "which is no integer type");
    }
    long[] values = new long[shape(stored).size()];
    for (int i = 0; i < values.length; i++) {
      long at = stored.begin() + (long) i * type.bytes();
      values[i] =
          switch (type) {
            case BOOL, U8 -> Byte.toUnsignedLong(data.get(ValueLayout.JAVA_BYTE, at));
            case I8 -> data.get(ValueLayout.JAVA_BYTE, at);
            case U16 -> Short.toUnsignedLong(data.get(SHORTS, at));
            case I16 -> data.get(SHORTS, at);
            case U32 -> Integer.toUnsignedLong(data.get(INTS, at));
            case I32 -> data.get(INTS, at);
            default -> data.get(LONGS, at);
          };
      if (type == StoredType.U64 && values[i] < 0) {
        throw refusal(stored, "and element " + i + " is beyond a signed 64-bit number");
      }
    }
    return values;
  }

  /** The shape, if a Java array can hold it. */
  private Shape shape(StoredTensor stored) throws SafeTensorsException {
    int[] extents = new int[stored.shape().size()];
    try {
      for (int axis = 0; axis < extents.length; axis++) {
        extents[axis] = Math.toIntExact(stored.shape().get(axis));
      }
      return Shape.of(extents);
    } catch (ArithmeticException | IllegalArgumentException e) {
      throw new SafeTensorsException(
          path,
          "tensor %s has more elements than a Java array".formatted(Header.quoted(stored.name())),
          e);
    }
  }

  private SafeTensorsException refusal(StoredTensor stored, String reason) {
    return new SafeTensorsException(
        path,
        "tensor %s holds %s, %s".formatted(Header.quoted(stored.name()), stored.type(), reason),
        null);
  }

  /** Unmaps the file. Tensors that were read stay as they are. */
  @Override
  public void close() {
    arena.close();
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
