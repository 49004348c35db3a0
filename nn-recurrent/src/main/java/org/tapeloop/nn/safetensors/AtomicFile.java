package org.tapeloop.nn.safetensors;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/** Replaces a file as a whole: readers, and a crash at any moment, see the old one or the new. */
final class AtomicFile {
  private AtomicFile() {}

  /** What writes the new contents. */
  @FunctionalInterface
  interface Contents {
    void writeTo(FileChannel channel) throws IOException;
  }

  /**
   * Writes a temporary file beside the target, forces it to the disk, and renames it.
   *
   * @throws IOException if that fails; the target is then as it was, and the temporary file is gone
   */
  static void replace(Path target, Contents contents) throws IOException {
    // A link stays a link: what it points to is replaced.
    Path file = Files.isSymbolicLink(target) ? target.toRealPath() : target.toAbsolutePath();
    Path temporary = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
    boolean done = false;
    try {
      try (FileChannel channel =
          FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
        contents.writeTo(channel);
        channel.force(true);
      }
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
      done = true;
    } finally {
      if (!done) {
        Files.deleteIfExists(temporary);
      }
    }
    forceFolder(file);
  }

  /**
   * Makes the rename itself last. Not every system opens a folder, and the file is whole anyway.
   */
  private static void forceFolder(Path file) {
    Path folder = file.getParent();
    if (folder == null) {
      return;
    }
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      System.getLogger(AtomicFile.class.getName())
          .log(System.Logger.Level.DEBUG, "the folder of {0} cannot be forced to disk", file, e);
    }
  }
}
