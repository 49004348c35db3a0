package org.tapeloop.examples.music;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import javax.imageio.ImageIO;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tapeloop.examples.files.Failure;

final class SoundAndPictureTest {
  private static final Timing TIMING = Timing.commonTime(1, 120);
  private static final double RATE = 44_100;

  @TempDir private Path folder;

  private short[] left(List<Frame> frames) throws Exception {
    Path file = folder.resolve("piece.wav");
    WavWriter.write(file, frames, TIMING);
    try (AudioInputStream in = AudioSystem.getAudioInputStream(file.toFile())) {
      assertEquals(RATE, in.getFormat().getFrameRate());
      assertEquals(2, in.getFormat().getChannels());
      var samples =
          ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer();
      short[] left = new short[samples.limit() / 2];
      for (int i = 0; i < left.length; i++) {
        left[i] = samples.get(2 * i);
      }
      return left;
    }
  }

  /** How much of a frequency there is in half a second of sound, by Goertzel's method. */
  private static double power(short[] samples, int from, double frequency) {
    double turn = 2 * Math.cos(2 * Math.PI * frequency / RATE);
    double before = 0;
    double last = 0;
    for (int i = from; i < from + (int) (RATE / 2); i++) {
      double now = samples[i] + turn * last - before;
      before = last;
      last = now;
    }
    return last * last + before * before - turn * last * before;
  }

  @Test
  void whatIsHeardIsWhatIsWritten() throws Exception {
    // A4, then E5, half a second each.
    short[] samples = left(List.of(Frame.of(69), Frame.of(76)));
    assertTrue(samples.length >= RATE);
    double a = 440;
    double e = 659.26;
    assertTrue(power(samples, 0, a) > 10 * power(samples, 0, e));
    int second = (int) (RATE / 2);
    assertTrue(power(samples, second, e) > 10 * power(samples, second, a));
  }

  @Test
  void soundUsesTheRangeOfItsSamples() throws Exception {
    int loudest = 0;
    for (short sample : left(List.of(Frame.of(48, 60, 64, 67), Frame.of(60)))) {
      loudest = Math.max(loudest, Math.abs(sample));
    }
    assertTrue(loudest > 20_000, "loudest sample " + loudest);
  }

  @Test
  void silenceIsSilent() throws Exception {
    for (short sample : left(List.of(Frame.SILENCE))) {
      assertTrue(Math.abs(sample) <= 1);
    }
  }

  private BufferedImage picture(List<Frame> frames, int given) throws IOException {
    Path file = folder.resolve("roll.png");
    RollPicture.write(file, "a piece", frames, TIMING, given);
    return ImageIO.read(file.toFile());
  }

  private static long differences(BufferedImage one, BufferedImage other) {
    assertEquals(one.getWidth(), other.getWidth());
    assertEquals(one.getHeight(), other.getHeight());
    long count = 0;
    for (int y = 0; y < one.getHeight(); y++) {
      for (int x = 0; x < one.getWidth(); x++) {
        count += one.getRGB(x, y) == other.getRGB(x, y) ? 0 : 1;
      }
    }
    return count;
  }

  @Test
  void aPictureShowsEachNoteAndWhatWasGiven() throws Exception {
    List<Frame> frames = new ArrayList<>(Collections.nCopies(16, Frame.of(48, 72)));
    frames.set(3, Frame.of(48, 60, 72));
    BufferedImage plain = picture(frames, 0);
    frames.set(9, Frame.of(48, 60, 72));
    BufferedImage oneMore = picture(frames, 0);
    long noteArea = differences(plain, oneMore);
    assertTrue(noteArea > 100 && noteArea < 600, "pixels of a note: " + noteArea);
    assertTrue(differences(oneMore, picture(frames, 8)) > 5_000);
  }

  @Test
  void aLongPieceGoesOnInTheNextRow() throws Exception {
    List<Frame> frames = Collections.nCopies(400, Frame.of(48, 72));
    BufferedImage image = picture(frames, 3);
    assertTrue(image.getWidth() < 1500);
    assertNotEquals(picture(frames.subList(0, 40), 3).getHeight(), image.getHeight());
  }

  /** How dark the picture is where a frame begins, at the top of the roll. */
  private static int darkness(BufferedImage image, int frame) {
    double x = 74 + frame * Math.max(7, 26.0 / TIMING.framesPerBeat());
    int dark = 0;
    for (int column = (int) Math.floor(x) - 1; column <= x + 1; column++) {
      dark += 255 - (image.getRGB(column, 92) & 0xFF);
    }
    return dark;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void barLinesCountFromTheEndOfAPickup(int pickup) throws Exception {
    Path file = folder.resolve("roll.png");
    List<Frame> frames = Collections.nCopies(20, Frame.SILENCE);
    RollPicture.write(file, "a piece", frames, TIMING.withPickup(pickup), 0);
    BufferedImage image = ImageIO.read(file.toFile());
    for (int t = 1; t < 20; t++) {
      boolean bar = (t - pickup) % TIMING.framesPerBar() == 0;
      assertEquals(bar, darkness(image, t) > 30, "frame %d: %d".formatted(t, darkness(image, t)));
    }
  }

  @Test
  void rowsAfterAPickupBeginWithBars() throws Exception {
    // As many bars as before, of which the first is cut short, take as many rows.
    List<Frame> frames = Collections.nCopies(400, Frame.of(48, 72));
    Path file = folder.resolve("roll.png");
    RollPicture.write(file, "a piece", frames.subList(2, 400), TIMING.withPickup(2), 0);
    assertEquals(picture(frames, 0).getHeight(), ImageIO.read(file.toFile()).getHeight());
  }

  @Test
  void silenceHasAPictureToo() throws Exception {
    assertTrue(picture(List.of(Frame.SILENCE), 0).getWidth() > 100);
  }

  @Test
  void failuresNameTheFile() {
    Path nowhere = folder.resolve("none").resolve("piece");
    List<Frame> frames = List.of(Frame.of(60));
    for (Runnable write :
        List.<Runnable>of(
            () -> WavWriter.write(nowhere, frames, TIMING),
            () -> MidiWriter.write(nowhere, frames, TIMING),
            () -> RollPicture.write(nowhere, "a piece", frames, TIMING, 0))) {
      Failure failure = assertThrows(Failure.class, write::run);
      assertTrue(String.valueOf(failure.getMessage()).contains(nowhere.toString()));
    }
  }
}
