package org.tapeloop.examples.music;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.tapeloop.examples.files.Failure;

/**
 * The outline of a Standard MIDI File: a header and tracks, each a chunk that begins with four
 * letters and its length. Java's reader believes a length that a damaged file gives, and reads on
 * for minutes behind its end.
 */
final class MidiChunks {
  private static final String HEADER = "MThd";
  private static final String TRACK = "MTrk";
  private static final int PREFIX = 8;
  private static final int HEADER_LENGTH = PREFIX + 6;
  private static final int TRACK_COUNT = 10;

  private MidiChunks() {}

  /**
   * How many tracks the header promises, and the file has.
   *
   * @throws Failure if it is empty, not such a file, or cut short
   */
  static int requireTracks(Path file, byte[] bytes) {
    if (bytes.length == 0) {
      throw new Failure(file + ": the file is empty");
    }
    if (!starts(bytes, 0, HEADER)) {
      throw new Failure(file + ": not a MIDI file: it does not begin with MThd");
    }
    if (bytes.length < HEADER_LENGTH) {
      throw new Failure(file + ": the MIDI file is cut short in its header");
    }
    ByteBuffer buffer = ByteBuffer.wrap(bytes);
    int promised = Short.toUnsignedInt(buffer.getShort(TRACK_COUNT));
    int found = 0;
    long at = 0;
    while (found < promised) {
      if (at + PREFIX > bytes.length) {
        throw new Failure(
            "%s: the MIDI file is cut short: %d of its %d tracks are there"
                .formatted(file, found, promised));
      }
      long length = Integer.toUnsignedLong(buffer.getInt((int) at + 4));
      long left = bytes.length - at - PREFIX;
      if (length > left) {
        throw new Failure(
            "%s: the MIDI file is damaged or cut short: %,d bytes should follow byte %,d, %,d do"
                .formatted(file, length, at + PREFIX, left));
      }
      found += starts(bytes, (int) at, TRACK) ? 1 : 0;
      at += PREFIX + length;
    }
    return promised;
  }

  private static boolean starts(byte[] bytes, int at, String letters) {
    return bytes.length >= at + letters.length()
        && new String(bytes, at, letters.length(), StandardCharsets.US_ASCII).equals(letters);
  }
}
