package org.tapeloop.benchmarks.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.OrtSession.SessionOptions.ExecutionMode;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import java.util.Map;

/** A model in ONNX Runtime, run on tensors whose memory is given: nothing is copied. */
final class OnnxSession {
  private final OrtSession session;

  /**
   * @param model as {@link OnnxModel} makes it
   * @param threads for the operator; with one, it runs on the calling thread
   */
  OnnxSession(byte[] model, int threads) {
    try {
      SessionOptions options = new SessionOptions();
      options.setExecutionMode(ExecutionMode.SEQUENTIAL);
      options.setOptimizationLevel(OptLevel.ALL_OPT);
      options.setIntraOpNumThreads(threads);
      options.setInterOpNumThreads(1);
      session = OrtEnvironment.getEnvironment().createSession(model, options);
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime refuses the model: " + e.getMessage(), e);
    }
  }

  /** Fills the outputs. */
  void run(Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs) {
    try {
      session.run(inputs, outputs).close();
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime failed: " + e.getMessage(), e);
    }
  }
}
