package org.tapeloop.examples.polyphony;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.tapeloop.autograd.RandomStream;
import org.tapeloop.examples.cli.Drawn;
import org.tapeloop.examples.cli.SampleRequest;
import org.tapeloop.examples.music.Frame;
import org.tapeloop.examples.music.Rendering;
import org.tapeloop.examples.music.Timing;

/**
 * Music that a model makes, by itself or going on from a piece: printed as it is drawn, then
 * written as MIDI, sound and picture.
 *
 * @param title of the picture
 * @param given frames to go on from
 * @param timing of the music
 */
record Continuation(String title, List<Frame> given, Timing timing) {

  /** Lets a model make it. */
  Drawn draw(RollNetwork<?> model, SampleRequest request) {
    List<Frame> frames = new ArrayList<>();
    Consumer<Frame> heard =
        frame -> {
          request.out().accept((frames.isEmpty() ? "" : " ") + frame);
          frames.add(frame);
        };
    given.forEach(heard);
    model.eval();
    FrameWriter writer = new FrameWriter(model, request.sampler().temperature());
    RandomStream random = new RandomStream(request.seed(), 0);
    Drawn drawn =
        Drawn.timing(
            request.length(), "frames", () -> writer.write(given, request.length(), random, heard));
    if (!frames.isEmpty()) {
      request.out().accept(System.lineSeparator());
      StringBuilder written = new StringBuilder();
      for (Path file : Rendering.write(request.files(), title, frames, timing, given.size())) {
        written.append("written: ").append(file).append(System.lineSeparator());
      }
      request.out().accept(written.toString().stripTrailing());
    }
    return drawn;
  }
}
