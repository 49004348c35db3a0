package org.tapeloop.nn.safetensors;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.autograd.Tensor;

class AtomicFileTest {
  @TempDir Path folder;

  private static ByteBuffer text(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
  }

  private List<Path> listing() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.toList();
    }
  }

  @Test
  void aFailureHalfWayLeavesTheOldFileAndNothingElse() throws IOException {
    Path file = Files.writeString(folder.resolve("checkpoint"), "old");
    IOException full =
        assertThrows(
            IOException.class,
            () ->
                AtomicFile.replace(
                    file,
                    channel -> {
                      channel.write(text("half of the n"));
                      throw new IOException("No space left on device");
                    }));
    assertEquals("No space left on device", full.getMessage());
    assertEquals("old", Files.readString(file));
    assertEquals(List.of(file), listing());
  }

  @Test
  void anErrorHalfWayLeavesTheOldFileAndNothingElse() throws IOException {
    Path file = Files.writeString(folder.resolve("checkpoint"), "old");
    assertThrows(
        OutOfMemoryError.class,
        () ->
            AtomicFile.replace(
                file,
                channel -> {
                  throw new OutOfMemoryError();
                }));
    assertEquals("old", Files.readString(file));
    assertEquals(List.of(file), listing());
  }

  @Test
  void theOldFileIsThereUntilTheNewOneIsWhole() throws IOException {
    Path file = Files.writeString(folder.resolve("checkpoint"), "old");
    AtomicFile.replace(
        file,
        channel -> {
          channel.write(text("new"));
          assertEquals("old", Files.readString(file));
        });
    assertEquals("new", Files.readString(file));
    assertEquals(List.of(file), listing());
  }

  @Test
  void aLinkStaysALink() throws IOException {
    Path file = Files.writeString(folder.resolve("checkpoint-7"), "old");
    Path link = Files.createSymbolicLink(folder.resolve("latest"), file.getFileName());
    AtomicFile.replace(link, channel -> channel.write(text("new")));
    assertTrue(Files.isSymbolicLink(link));
    assertEquals("new", Files.readString(file));
  }

  @Test
  void aFolderThatIsNotThereIsNamedInOneLine() {
    Path file = folder.resolve("nowhere").resolve("checkpoint.safetensors");
    IOException e =
        assertThrows(
            IOException.class, () -> new SafeTensorsWriter().tensor("a", Tensor.of(1)).write(file));
    assertEquals(
        file + ": cannot be written: there is no folder " + file.getParent(), e.getMessage());
  }
}
