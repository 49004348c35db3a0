package org.tapeloop.nn.safetensors;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * A file mapped into memory, which somebody else may cut short or write to. The pages of what is
 * gone cannot be read: the JVM reports such a fault as an {@link InternalError}, which becomes a
 * refusal here; what has been written to is noticed by the file's size and time.
 */
final class MappedFile implements AutoCloseable {
  private final Path path;
  private final Arena arena = Arena.ofShared();
  private final MemorySegment bytes;
  private final BasicFileAttributes atFirst;
  private volatile boolean closed;

  /**
   * Maps a file.
   *
   * @throws NoSuchFileException if there is none
   * @throws SafeTensorsException if it is not a regular file
   */
  MappedFile(Path path) throws IOException {
    this.path = path;
    if (!Files.exists(path)) {
      throw new NoSuchFileException(path.toString(), null, "no such file");
    }
    if (!Files.isRegularFile(path)) {
      throw new SafeTensorsException(path, "is not a regular file", null);
    }
    atFirst = attributes();
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena);
    } catch (IOException | RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  private BasicFileAttributes attributes() throws IOException {
    return Files.readAttributes(path, BasicFileAttributes.class);
  }

  /** Number of bytes. */
  long size() {
    return bytes.byteSize();
  }

  /** What reads some bytes. */
  @FunctionalInterface
  interface Reading<T> {
    T from(MemorySegment bytes) throws IOException;
  }

  /**
   * What a reading of some bytes gives, if they are what they were when the file was mapped.
   *
   * @throws SafeTensorsException if the file has changed
   * @throws IllegalStateException if it is closed
   */
  <T> T read(long from, long length, Reading<T> reading) throws IOException {
    if (closed) {
      throw new IllegalStateException(path + ": is closed");
    }
    requireUnchanged();
    T result;
    try {
      result = reading.from(bytes.asSlice(from, length));
      // Inside, as a fault in compiled code is reported a little after the access.
      requireUnchanged();
    } catch (InternalError fault) {
      throw changed(fault);
    }
    return result;
  }

  private void requireUnchanged() throws IOException {
    BasicFileAttributes now;
    try {
      now = attributes();
    } catch (NoSuchFileException e) {
      return; // deleted, but what is mapped stays
    }
    Object key = now.fileKey();
    boolean replaced = key != null && !key.equals(atFirst.fileKey());
    boolean same =
        now.size() == atFirst.size() && now.lastModifiedTime().equals(atFirst.lastModifiedTime());
    // A file that took the place of this one says nothing about it.
    if (!replaced && !same) {
      throw changed(null);
    }
  }

  private SafeTensorsException changed(@Nullable Throwable cause) {
    return new SafeTensorsException(path, "was changed while it was open", cause);
  }

  /** Unmaps the file, if that has not happened yet. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      arena.close();
    }
  }
}
