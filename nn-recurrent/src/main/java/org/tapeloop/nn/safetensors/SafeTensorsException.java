package org.tapeloop.nn.safetensors;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * A safetensors file is malformed, or does not hold what was asked of it. The message is one line:
 * the file and the reason.
 */
public final class SafeTensorsException extends IOException {
  private static final long serialVersionUID = 1;

  SafeTensorsException(Path file, String reason, @Nullable Throwable cause) {
    super(file + ": " + reason, cause);
  }
}
