package org.tapeloop.benchmarks.peers;

import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;

/** Steps on what arrives, beside libtorch's cells and ONNX Runtime. */
@Command(
    name = "streaming",
    header = "Steps on what arrives, beside libtorch and ONNX Runtime.",
    description =
        "Times one step of a cell on one sequence, its state carried from step to step, in"
            + " processes that take turns, and makes a table. Before that, all must compute the"
            + " same numbers.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class StreamingCommand extends InferenceCommand {
  /** Whose results are compared. */
  private static final int STEPS = 16;

  StreamingCommand() {
    super(
        new WidthTable(
            Workload.STREAMING,
            TimeUnit.MICROSECONDS,
            "One step of a cell on one sequence, its state carried from step to step"),
        STEPS,
        1);
  }
}
