package org.tapeloop.benchmarks.peers;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.Arrays;

/**
 * A tensor of ONNX Runtime on memory that Java reads and writes too, at first zeros.
 *
 * @param values row-major
 */
record OnnxBuffer(FloatBuffer values, OnnxTensor tensor) {

  static OnnxBuffer of(long... extents) {
    int length = Math.toIntExact(Arrays.stream(extents).reduce(1, Math::multiplyExact));
    FloatBuffer values =
        ByteBuffer.allocateDirect(Math.multiplyExact(length, Float.BYTES))
            .order(ByteOrder.nativeOrder())
            .asFloatBuffer();
    try {
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      return new OnnxBuffer(values, OnnxTensor.createTensor(environment, values, extents));
    } catch (OrtException e) {
      throw new IllegalStateException("no tensor " + Arrays.toString(extents), e);
    }
  }

  void put(float[] array) {
    values.put(0, array);
  }

  float[] toArray() {
    float[] array = new float[values.capacity()];
    values.get(0, array);
    return array;
  }
}
