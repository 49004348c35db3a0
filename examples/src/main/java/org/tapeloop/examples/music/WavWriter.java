package org.tapeloop.examples.music;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.ShortBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.sound.sampled.AudioFileFormat;
import javax.sound.sampled.AudioInputStream;
import javax.sound.sampled.AudioSystem;
import javax.sound.sampled.UnsupportedAudioFileException;
import org.tapeloop.examples.files.Failure;
import org.tapeloop.examples.files.WholeFile;

/**
 * Plays frames into a WAV file with Java's software synthesizer, which needs no sound device: 44.1
 * kHz, 16 bits, stereo, as loud as that allows. Its sounds are those of a sound bank that the
 * system has, else ones it makes itself.
 */
public final class WavWriter {
  /** The loudest sample, of 32768: a decibel below the most that fits. */
  private static final double PEAK = 29_200;

  /** Held here, because a logger that nobody holds forgets its level. */
  private static final Logger PREFERENCES = Logger.getLogger("java.util.prefs");

  private WavWriter() {}

  /**
   * Writes a piece.
   *
   * @throws Failure if the file cannot be written
   */
  public static void write(Path file, List<Frame> frames, Timing timing) {
    // The synthesizer looks into the user's preferences; that there are none is no news.
    PREFERENCES.setLevel(Level.SEVERE);
    byte[] midi = MidiWriter.bytes(frames, timing);
    try (AudioInputStream played =
        AudioSystem.getAudioInputStream(new ByteArrayInputStream(midi))) {
      byte[] samples = played.readAllBytes();
      amplify(ByteBuffer.wrap(samples).order(ByteOrder.LITTLE_ENDIAN).asShortBuffer());
      WholeFile.write(file, wav(played, samples));
    } catch (UnsupportedAudioFileException e) {
      throw new Failure("cannot play into " + file + ": this Java has no software synthesizer", e);
    } catch (IOException e) {
      throw Failure.to("play into " + file, e);
    }
  }

  private static void amplify(ShortBuffer samples) {
    int loudest = 1;
    for (int i = 0; i < samples.limit(); i++) {
      loudest = Math.max(loudest, Math.abs(samples.get(i)));
    }
    double gain = PEAK / loudest;
    for (int i = 0; loudest > 1 && i < samples.limit(); i++) {
      samples.put(i, (short) Math.round(samples.get(i) * gain));
    }
  }

  private static byte[] wav(AudioInputStream like, byte[] samples) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int frameSize = like.getFormat().getFrameSize();
    AudioInputStream amplified =
        new AudioInputStream(
            new ByteArrayInputStream(samples), like.getFormat(), samples.length / frameSize);
    AudioSystem.write(amplified, AudioFileFormat.Type.WAVE, out);
    return out.toByteArray();
  }
}
