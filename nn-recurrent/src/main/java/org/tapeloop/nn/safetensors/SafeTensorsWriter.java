package org.tapeloop.nn.safetensors;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.IntTensor;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;

/**
 * Gathers arrays and text, and writes them as one safetensors file.
 *
 * <pre>{@code
 * new SafeTensorsWriter()
 *     .metadata("format", "example-1")
 *     .tensor("weight_ih_l0", weight)
 *     .write(path);
 * }</pre>
 *
 * <p>Arrays with the widest elements come first, so that each is aligned to its elements; among
 * equally wide ones the order is that in which they were given.
 */
public final class SafeTensorsWriter {
  private final Map<String, String> metadata = new LinkedHashMap<>();
  private final Map<String, Entry> entries = new LinkedHashMap<>();

  /**
   * A file with nothing in it yet.
   *
   * @throws IllegalStateException if {@code jackson-core} is not on the class path
   */
  public SafeTensorsWriter() {
    JacksonPresence.require();
  }

  /** One array to be written. */
  private record Entry(String name, StoredType type, Shape shape, Elements elements) {
    long bytes() {
      return (long) shape.size() * type.bytes();
    }
  }

  /** The elements of an array, given out in order. */
  @FunctionalInterface
  private interface Elements {
    void writeTo(Output output) throws IOException;
  }

  /**
   * Adds a line of text.
   *
   * @throws IllegalArgumentException if the key was given before
   */
  public SafeTensorsWriter metadata(String key, String value) {
    requireEncodable("value of metadata " + Header.quoted(key), value);
    requireName("metadata key", key);
    if (metadata.putIfAbsent(key, value) != null) {
      throw new IllegalArgumentException(
          "safetensors: the metadata key " + Header.quoted(key) + " is given twice");
    }
    return this;
  }

  /**
   * Adds a tensor, as F32 or F64 as it is.
   *
   * @throws IllegalArgumentException if the name was given before, or is reserved
   */
  public SafeTensorsWriter tensor(String name, Tensor tensor) {
    return switch (tensor.dtype()) {
      case F32 ->
          add(name, StoredType.F32, tensor.shape(), out -> out.floats(tensor.toFloatArray()));
      case F64 ->
          add(name, StoredType.F64, tensor.shape(), out -> out.doubles(tensor.toDoubleArray()));
    };
  }

  /**
   * Adds integers as I32.
   *
   * @throws IllegalArgumentException if the name was given before, or is reserved
   */
  public SafeTensorsWriter ints(String name, IntTensor tensor) {
    return add(name, StoredType.I32, tensor.shape(), out -> out.ints(tensor.toArray()));
  }

  /**
   * Adds integers as I64.
   *
   * @param values in row-major order
   * @throws IllegalArgumentException if the name was given before, or is reserved, or the number of
   *     values is not the size of the shape
   */
  public SafeTensorsWriter longs(String name, Shape shape, long... values) {
    if (values.length != shape.size()) {
      throw new IllegalArgumentException(
          "safetensors: %s has shape %s of %d elements but %d were given"
              .formatted(Header.quoted(name), shape, shape.size(), values.length));
    }
    long[] copy = values.clone();
    return add(name, StoredType.I64, shape, out -> out.longs(copy));
  }

  private SafeTensorsWriter add(String name, StoredType type, Shape shape, Elements elements) {
    requireName("name", name);
    if (name.equals(Header.METADATA)) {
      throw new IllegalArgumentException("safetensors: the name " + name + " is reserved");
    }
    if (entries.putIfAbsent(name, new Entry(name, type, shape, elements)) != null) {
      throw new IllegalArgumentException(
          "safetensors: the name " + Header.quoted(name) + " is given twice");
    }
    return this;
  }

  private static void requireName(String what, String name) {
    requireEncodable(what, name);
    if (name.length() > Header.MAX_NAME) {
      throw new IllegalArgumentException(
          "safetensors: the %s has %d characters, more than the %d that readers take: %s"
              .formatted(what, name.length(), Header.MAX_NAME, Header.quoted(name)));
    }
  }

  private static void requireEncodable(String what, String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(text)) {
      throw new IllegalArgumentException(
          "safetensors: the %s has an unpaired surrogate: %s".formatted(what, Header.quoted(text)));
    }
  }

  /**
   * Writes the file, replacing one that is there. The bytes go to a temporary file beside it, are
   * forced to the disk, and then take its name: after a failure or a crash the earlier file is
   * intact.
   *
   * @throws IOException naming the file and the reason, if it cannot be written
   */
  public void write(Path file) throws IOException {
    List<Entry> inOrder = new ArrayList<>(entries.values());
    inOrder.sort(Comparator.comparingInt((Entry entry) -> entry.type().bytes()).reversed());
    byte[] header = HeaderWriter.bytes(header(inOrder));
    try {
      AtomicFile.replace(
          file,
          channel -> {
            Output output = new Output(channel);
            output.longs(header.length);
            output.bytes(header);
            for (Entry entry : inOrder) {
              entry.elements().writeTo(output);
            }
            output.flush();
          });
    } catch (IOException e) {
      throw new IOException(file + ": cannot be written: " + reason(e), e);
    }
  }

  /** Without the name of the temporary file, which would mean nothing to the reader. */
  private static @Nullable String reason(IOException e) {
    return switch (e) {
      case NoSuchFileException missing ->
          "there is no folder " + Path.of(missing.getFile()).getParent();
      case AccessDeniedException denied ->
          "no permission in folder " + Path.of(denied.getFile()).getParent();
      case FileSystemException other when other.getReason() != null -> other.getReason();
      default -> e.getMessage();
    };
  }

  /** Where each array lies, one behind the other. */
  private Header header(List<Entry> inOrder) {
    Map<String, StoredTensor> stored = new LinkedHashMap<>();
    long begin = 0;
    for (Entry entry : inOrder) {
      long end = begin + entry.bytes();
      List<Long> shape =
          Arrays.stream(entry.shape().extents()).mapToObj(extent -> (long) extent).toList();
      stored.put(entry.name(), new StoredTensor(entry.name(), entry.type(), shape, begin, end));
      begin = end;
    }
    return new Header(metadata, stored);
  }

  /** Little-endian output through one buffer. */
  private static final class Output {
    private static final int BUFFER_BYTES = 1 << 18;

    private final FileChannel channel;
    private final ByteBuffer buffer =
        ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    Output(FileChannel channel) {
      this.channel = channel;
    }

    void bytes(byte[] values) throws IOException {
      for (int i = 0; i < values.length; ) {
        int count = room(1, values.length - i);
        buffer.put(values, i, count);
        i += count;
      }
    }

    void ints(int[] values) throws IOException {
      for (int i = 0; i < values.length; ) {
        int count = room(Integer.BYTES, values.length - i);
        buffer.asIntBuffer().put(values, i, count);
        i += advance(Integer.BYTES, count);
      }
    }

    void longs(long... values) throws IOException {
      for (int i = 0; i < values.length; ) {
        int count = room(Long.BYTES, values.length - i);
        buffer.asLongBuffer().put(values, i, count);
        i += advance(Long.BYTES, count);
      }
    }

    void floats(float[] values) throws IOException {
      for (int i = 0; i < values.length; ) {
        int count = room(Float.BYTES, values.length - i);
        buffer.asFloatBuffer().put(values, i, count);
        i += advance(Float.BYTES, count);
      }
    }

    void doubles(double[] values) throws IOException {
      for (int i = 0; i < values.length; ) {
        int count = room(Double.BYTES, values.length - i);
        buffer.asDoubleBuffer().put(values, i, count);
        i += advance(Double.BYTES, count);
      }
    }

    /** How many of the wanted elements fit now: at least one. */
    private int room(int width, int wanted) throws IOException {
      if (buffer.remaining() < width) {
        flush();
      }
      return Math.min(wanted, buffer.remaining() / width);
    }

    private int advance(int width, int count) {
      buffer.position(buffer.position() + count * width);
      return count;
    }

    void flush() throws IOException {
      buffer.flip();
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      buffer.clear();
    }
  }
}
