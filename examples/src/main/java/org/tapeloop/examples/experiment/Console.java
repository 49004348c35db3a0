package org.tapeloop.examples.experiment;

import java.io.PrintWriter;
import java.util.Locale;
import java.util.Optional;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressState;

/**
 * Where a run shows itself: lines that stay go to the output, a progress bar to the error output.
 *
 * <p>On a terminal the bar is one line that is drawn again and again, always below the lines that
 * stay. Elsewhere (a pipe, a log, a terminal that cannot move its cursor) it is printed as a plain
 * line every ten seconds.
 */
public final class Console {
  private static final int LINE_WIDTH = 79;
  private static final int LEAST_BAR_WIDTH = 4;
  private static final int MOST_BAR_WIDTH = 20;

  /** The share done, brackets and spaces. */
  private static final int AROUND_BAR = 8;

  private static final int TERMINAL_INTERVAL_MILLIS = 250;
  private static final int PLAIN_INTERVAL_MILLIS = 10_000;
  private static final String CLEAR_LINE = "\r\033[K";

  private final PrintWriter out;
  private final PrintWriter err;
  private final boolean terminal;
  private boolean barIsDrawn;
  private String lastBar = "";

  /**
   * A console that prints to these.
   *
   * @param terminal whether a person watches both on a terminal that knows ANSI control sequences
   */
  public Console(PrintWriter out, PrintWriter err, boolean terminal) {
    this.out = out;
    this.err = err;
    this.terminal = terminal;
  }

  /** A console that finds out for itself whether it is a terminal. */
  public static Console detect(PrintWriter out, PrintWriter err) {
    String kind = System.getenv("TERM");
    boolean capable = kind != null && !kind.equals("dumb");
    boolean watched =
        Optional.ofNullable(System.console()).map(java.io.Console::isTerminal).orElse(false);
    return new Console(out, err, capable && watched);
  }

  /** Prints lines that stay. */
  public synchronized void println(String text) {
    clearBar();
    out.println(text);
    out.flush();
  }

  /** Prints a line that stays to the error output. */
  public synchronized void warn(String text) {
    clearBar();
    err.println(text);
    err.flush();
  }

  private synchronized void draw(String bar) {
    if (terminal) {
      err.print(CLEAR_LINE + bar);
      barIsDrawn = true;
    } else if (!bar.isEmpty() && !bar.equals(lastBar)) {
      err.println(bar);
    }
    lastBar = bar;
    err.flush();
  }

  private synchronized void clearBar() {
    if (barIsDrawn) {
      err.print(CLEAR_LINE);
      err.flush();
      barIsDrawn = false;
    }
  }

  /** A bar for a run of so many steps; its last message stays when it is closed. */
  public Bar bar(long step, long steps) {
    return new Bar(step, steps);
  }

  /** The progress of a run. */
  public final class Bar implements AutoCloseable {
    private final ProgressBar bar;

    private Bar(long step, long steps) {
      bar =
          new ProgressBarBuilder()
              .setTaskName("steps")
              .setInitialMax(Math.max(steps, 1))
              .startsFrom(step, java.time.Duration.ZERO)
              .setUpdateIntervalMillis(terminal ? TERMINAL_INTERVAL_MILLIS : PLAIN_INTERVAL_MILLIS)
              .setRenderer((state, width) -> render(state))
              .setConsumer(new DelegatingProgressBarConsumer(Console.this::draw, LINE_WIDTH))
              .build();
    }

    /** Shows a step, and behind the bar a message. */
    public void show(long step, long steps, String message) {
      bar.maxHint(steps);
      bar.setExtraMessage(message);
      bar.stepTo(step);
    }

    @Override
    public void close() {
      bar.close();
      synchronized (Console.this) {
        if (barIsDrawn) {
          err.println();
          err.flush();
          barIsDrawn = false;
        }
      }
    }
  }

  private static String render(ProgressState state) {
    return state.getExtraMessage().isEmpty()
        ? ""
        : line(state.getNormalizedProgress(), state.getExtraMessage());
  }

  /** A bar with a message behind it; the longer that is, the shorter the bar. */
  static String line(double progress, String message) {
    double done = Math.clamp(progress, 0, 1);
    int width =
        Math.clamp(LINE_WIDTH - AROUND_BAR - message.length(), LEAST_BAR_WIDTH, MOST_BAR_WIDTH);
    int filled = (int) (done * width);
    String line =
        String.format(
            Locale.ROOT,
            "%3d%% [%s%s] %s",
            (int) (done * 100),
            "=".repeat(filled),
            " ".repeat(width - filled),
            message);
    return line.length() <= LINE_WIDTH ? line : line.substring(0, LINE_WIDTH);
  }
}
