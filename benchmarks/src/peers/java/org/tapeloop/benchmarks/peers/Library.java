package org.tapeloop.benchmarks.peers;

import java.util.Locale;

/** Whose training step it is. */
enum Library {
  /** This project, compiled scans. */
  TAPELOOP("Tapeloop"),
  /** PyTorch's C++ library, called from Java. */
  LIBTORCH("libtorch");

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

  /** The layer that a task is about, with the same numbers in either library. */
  Training create(Task task) {
    return switch (this) {
      case TAPELOOP -> new TapeloopTraining(task);
      case LIBTORCH -> new LibtorchTraining(task);
    };
  }
}
