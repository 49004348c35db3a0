package org.tapeloop.benchmarks;

import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.tapeloop.autograd.Backends;
import org.tapeloop.autograd.DType;
import org.tapeloop.autograd.Shape;
import org.tapeloop.autograd.Tensor;
import org.tapeloop.autograd.Trace;
import org.tapeloop.autograd.spi.Backend;
import org.tapeloop.autograd.tck.IdleBackend;

/**
 * What a node costs that is recorded and passed backward, on a backend whose kernels return at
 * once. The arrays of results, 64 floats each, are allocated as ever.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 6, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 8, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Fork(1)
public class TapeBenchmark {
  private static final int CHAIN = 999;

  /** The chain and its sum. */
  private static final int CHAIN_NODES = CHAIN + 1;

  private static final int STEPS = 64;
  private static final int LSTM_NODES_A_STEP = 13;

  /** The steps; then the outputs are stacked, weighed and summed. */
  private static final int LSTM_NODES = LSTM_NODES_A_STEP * STEPS + 3;

  private final Backend idle = new IdleBackend();
  private Tensor x;
  private Tensor w;
  private LstmRun lstm;

  /** Counts the nodes that the results are divided by. */
  @Setup
  public void setUp() {
    x = Tensor.ones(1, 64).leaf();
    w = Tensor.ones(1, 64).leaf();
    lstm = new LstmRun(STEPS, 1, 64, 64);
    Trace trace = new Trace();
    chain(trace.symbol(DType.F32, Shape.of(1, 64), true), y -> y.mul(w));
    requireNodes(CHAIN_NODES, trace);
    trace = new Trace();
    Tensor unused = lstm.loss(trace.symbol(DType.F32, lstm.sequences().shape(), false));
    if (unused.size() != 1) {
      throw new IllegalStateException("a loss must be a scalar, not " + unused.shape());
    }
    // The first step's product with the initial state has no symbolic operand.
    requireNodes(LSTM_NODES - 1, trace);
  }

  private static void requireNodes(int expected, Trace trace) {
    long recorded =
        trace.calls().stream().filter(call -> call.outputs().getFirst().requiresGrad()).count();
    if (recorded != expected) {
      throw new IllegalStateException("counted " + recorded + " nodes, not " + expected);
    }
  }

  private static Tensor chain(Tensor start, UnaryOperator<Tensor> link) {
    Tensor y = start;
    for (int i = 0; i < CHAIN; i++) {
      y = link.apply(y);
    }
    return y.sum();
  }

  /** Two operands, both saved. */
  @Benchmark
  @OperationsPerInvocation(CHAIN_NODES)
  public Map<Tensor, Tensor> products() {
    return Backends.use(idle, () -> chain(x, y -> y.mul(w)).gradients(x, w));
  }

  /** Two operands, nothing saved. */
  @Benchmark
  @OperationsPerInvocation(CHAIN_NODES)
  public Map<Tensor, Tensor> sums() {
    return Backends.use(idle, () -> chain(x, y -> y.add(w)).gradients(x, w));
  }

  /** One operand, the output saved. */
  @Benchmark
  @OperationsPerInvocation(CHAIN_NODES)
  public Map<Tensor, Tensor> activations() {
    return Backends.use(idle, () -> chain(x, Tensor::tanh).gradients(x));
  }

  /** The nodes of an LSTM: products, sums, activations and a split. */
  @Benchmark
  @OperationsPerInvocation(LSTM_NODES)
  public Map<Tensor, Tensor> lstm() {
    return Backends.use(idle, lstm::gradients);
  }
}
