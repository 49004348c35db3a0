package org.tapeloop.examples.melody;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tapeloop.examples.abc.AbcParser;
import org.tapeloop.examples.abc.TuneTokens;
import org.tapeloop.examples.music.Frame;
import org.tapeloop.examples.music.MidiReader;

final class SongsTest {

  /** So its first note begins where its bar has a quarter left. */
  @Test
  void aTuneWithAPickupIsWrittenWithItsBarLinesInPlace(@TempDir Path folder) {
    String tune = "X:1\nM:3/4\nL:1/4\nK:C\nG|c2d|e2d|c2|]\n";
    List<String> tokens = TuneTokens.of(AbcParser.parse(tune));
    Songs.write(tokens, false, 0, folder.resolve("song"), "title");
    List<Frame> frames = MidiReader.read(folder.resolve("song.mid"), 1).roll().frames();
    assertEquals(
        List.of(Frame.SILENCE, Frame.SILENCE, Frame.of(67), Frame.of(72)), frames.subList(0, 4));
  }
}
