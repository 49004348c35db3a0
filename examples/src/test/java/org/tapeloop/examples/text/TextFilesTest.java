package org.tapeloop.examples.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.examples.files.Failure;

final class TextFilesTest {
  @TempDir private Path folder;

  private String messageOf(Path path) {
    return assertThrows(Failure.class, () -> TextFiles.read(path)).getMessage();
  }

  @Test
  void lineEndsBecomeLineFeedsAndTheByteOrderMarkIsDropped() throws IOException {
    Path file = Files.writeString(folder.resolve("a.txt"), "\uFEFFone\r\ntwo\n");
    assertEquals("one\ntwo\n", TextFiles.read(file));
  }

  @Test
  void folderIsReadInTheOrderOfPathsWithoutHiddenFiles() throws IOException {
    Files.createDirectories(folder.resolve("b"));
    Files.createDirectories(folder.resolve(".git"));
    Files.writeString(folder.resolve("c.txt"), "3");
    Files.writeString(folder.resolve("b/x.txt"), "2\n");
    Files.writeString(folder.resolve("a.txt"), "1");
    Files.writeString(folder.resolve(".hidden"), "no");
    Files.writeString(folder.resolve(".git/config"), "no");
    assertEquals("1\n2\n3\n", TextFiles.read(folder));
  }

  @Test
  void fileOfAnotherEncodingIsRefusedWithThePlace() throws IOException {
    Path file = folder.resolve("latin.txt");
    Files.write(file, "first\nna\u00efve".getBytes(StandardCharsets.ISO_8859_1));
    assertTrue(
        messageOf(file).startsWith(file + ": not UTF-8 text: byte 8, in line 2"), messageOf(file));
  }

  @Test
  void fileOfTwoBytesACharacterIsRefused() throws IOException {
    Path file = folder.resolve("utf16.txt");
    Files.write(file, "\nwords".getBytes(StandardCharsets.UTF_16LE));
    assertTrue(
        messageOf(file).startsWith(file + ": not UTF-8 text: byte 1, in line 2"), messageOf(file));
  }

  @Test
  void fileCutInsideACharacterIsRefused() throws IOException {
    Path file = folder.resolve("cut.txt");
    Files.write(file, new byte[] {'a', (byte) 0xE2, (byte) 0x82});
    assertTrue(messageOf(file).contains("not UTF-8 text: byte 1"), messageOf(file));
  }

  @Test
  void missingFileIsRefused() {
    Path file = folder.resolve("missing.txt");
    assertEquals("cannot read " + file + ": there is no such file", messageOf(file));
  }

  @Test
  void emptyFileIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("empty.txt"), "");
    assertEquals(file + ": the file is empty", messageOf(file));
    Path marked = Files.writeString(folder.resolve("marked.txt"), "\uFEFF");
    assertEquals(marked + ": the file is empty", messageOf(marked));
  }

  @Test
  void folderOfEmptyFilesIsRefused() throws IOException {
    Path file = Files.writeString(folder.resolve("a.txt"), "");
    assertEquals(file + ": the file is empty", messageOf(folder));
    Files.writeString(folder.resolve("b.txt"), "");
    assertEquals(file + ": the file is empty, and so are all others", messageOf(folder));
    Files.writeString(folder.resolve("b.txt"), "text");
    assertEquals("text\n", TextFiles.read(folder));
  }

  @Test
  void emptyFolderIsRefused() {
    assertEquals(folder + ": there are no files in this folder", messageOf(folder));
  }
}
