package org.tapeloop.benchmarks.peers;

import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;

/** Whole sequences without gradients, beside ONNX Runtime. */
@Command(
    name = "forward",
    header = "Whole sequences without gradients, beside ONNX Runtime.",
    description =
        "Times layers over 64 steps of 64 sequences in processes that take turns, and makes a"
            + " table. Before that, both must compute the same numbers.",
    mixinStandardHelpOptions = true,
    showDefaultValues = true)
final class ForwardCommand extends InferenceCommand {
  private static final int TIME = 64;
  private static final int BATCH = 64;

  ForwardCommand() {
    super(
        new WidthTable(
            Workload.FORWARD,
            TimeUnit.MILLISECONDS,
            "One layer over %d steps of %d sequences without gradients".formatted(TIME, BATCH)),
        TIME,
        BATCH);
  }
}
