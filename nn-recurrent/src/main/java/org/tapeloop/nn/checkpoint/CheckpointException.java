package org.tapeloop.nn.checkpoint;

import java.io.IOException;
import org.jspecify.annotations.Nullable;

/**
 * A file is no checkpoint, is damaged, or belongs to another model. The message is one line: the
 * file and the reason.
 */
public final class CheckpointException extends IOException {
  private static final long serialVersionUID = 1;

  CheckpointException(String source, @Nullable String reason, @Nullable Throwable cause) {
    super(source + ": " + reason, cause);
  }
}
