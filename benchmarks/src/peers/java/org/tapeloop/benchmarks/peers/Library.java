package org.tapeloop.benchmarks.peers;

import java.util.Locale;

/** Whose layer it is. */
enum Library {
  /** This project, compiled scans. */
  TAPELOOP("Tapeloop"),
  /** PyTorch's C++ library, called from Java. */
  LIBTORCH("libtorch"),
  /** Microsoft's library for inference, called from Java. */
  ONNX_RUNTIME("ONNX Runtime");

  private final String title;

  Library(String title) {
    this.title = title;
  }

  /** As it is written in tables. */
  String title() {
    return title;
  }

  static Library named(String name) {
    return valueOf(name.toUpperCase(Locale.ROOT));
  }
}
