package org.tapeloop.examples.files;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import javax.imageio.ImageIO;

/** Pictures as files. */
public final class PngFile {
  private PngFile() {}

  /**
   * Writes a picture, as a whole or not at all.
   *
   * @throws Failure if it cannot be written
   */
  public static void write(Path file, BufferedImage picture) {
    // Otherwise a temporary file is made for what goes to memory anyway.
    ImageIO.setUseCache(false);
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    try {
      ImageIO.write(picture, "png", png);
    } catch (IOException e) {
      throw Failure.to("draw " + file, e);
    }
    WholeFile.write(file, png.toByteArray());
  }
}
