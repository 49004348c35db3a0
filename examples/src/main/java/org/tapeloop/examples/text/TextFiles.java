package org.tapeloop.examples.text;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CodingErrorAction;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.tapeloop.examples.files.Failure;

/** Text from a UTF-8 file, or from all files below a folder. */
public final class TextFiles {
  private static final String BYTE_ORDER_MARK = "\uFEFF";

  private TextFiles() {}

  /**
   * The text of a file, or of all files below a folder one after the other in the order of their
   * paths; hidden ones are left out. Lines end in a line feed alone, and a byte order mark is
   * dropped.
   *
   * @throws Failure if it cannot be read, is not UTF-8, or is empty, or a folder has no files
   */
  public static String read(Path path) {
    if (Files.isDirectory(path)) {
      return read(filesBelow(path));
    }
    String text = readFile(path);
    if (text.isEmpty()) {
      throw new Failure(path + ": the file is empty");
    }
    return text;
  }

  /**
   * The text of files one after the other.
   *
   * @throws Failure if one cannot be read, or is not UTF-8, or all are empty
   */
  static String read(List<Path> files) {
    StringBuilder text = new StringBuilder();
    for (Path file : files) {
      text.append(readFile(file));
      if (!text.isEmpty() && text.charAt(text.length() - 1) != '\n') {
        text.append('\n');
      }
    }
    if (text.isEmpty()) {
      String others = files.size() == 1 ? "" : ", and so are all others";
      throw new Failure(files.getFirst() + ": the file is empty" + others);
    }
    return text.toString();
  }

  /**
   * The files below a folder, in the order of their paths, without hidden ones.
   *
   * @throws Failure if there are none
   */
  static List<Path> filesBelow(Path folder) {
    List<Path> files;
    try (Stream<Path> tree = Files.walk(folder)) {
      files =
          tree.filter(Files::isRegularFile)
              .filter(file -> !isHidden(folder, file))
              .sorted()
              .toList();
    } catch (IOException e) {
      throw Failure.to("read the folder " + folder, e);
    } catch (UncheckedIOException e) {
      throw Failure.to("read the folder " + folder, Objects.requireNonNull(e.getCause()));
    }
    if (files.isEmpty()) {
      throw new Failure(folder + ": there are no files in this folder");
    }
    return files;
  }

  private static boolean isHidden(Path folder, Path file) {
    for (Path part : folder.relativize(file)) {
      if (part.toString().startsWith(".")) {
        return true;
      }
    }
    return false;
  }

  private static String readFile(Path file) {
    byte[] bytes;
    try {
      if (Files.exists(file) && !Files.isRegularFile(file)) {
        throw new Failure("cannot read " + file + ": it is neither a file nor a folder");
      }
      if (Files.size(file) > Integer.MAX_VALUE / 2) {
        throw new Failure("cannot read " + file + ": it is larger than 1 GiB");
      }
      bytes = Files.readAllBytes(file);
    } catch (IOException e) {
      throw Failure.to("read " + file, e);
    }
    String text = decode(file, bytes).replace("\r\n", "\n");
    return text.startsWith(BYTE_ORDER_MARK) ? text.substring(BYTE_ORDER_MARK.length()) : text;
  }

  private static String decode(Path file, byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length);
    var decoder =
        UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .onUnmappableCharacter(CodingErrorAction.REPORT);
    if (decoder.decode(in, out, true).isError()) {
      throw notText(file, bytes, in.position());
    }
    String text = out.flip().toString();
    // Not forbidden in UTF-8, but what UTF-16 and files of other kinds are full of.
    if (text.indexOf(0) >= 0) {
      throw notText(file, bytes, text.substring(0, text.indexOf(0)).getBytes(UTF_8).length);
    }
    return text;
  }

  private static Failure notText(Path file, byte[] bytes, int position) {
    long line = 1;
    for (int i = 0; i < position; i++) {
      line += bytes[i] == '\n' ? 1 : 0;
    }
    return new Failure(
        "%s: not UTF-8 text: byte %d, in line %d; convert it first, for instance with iconv"
            .formatted(file, position, line));
  }
}
