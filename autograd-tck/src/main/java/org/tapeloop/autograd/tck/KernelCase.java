package org.tapeloop.autograd.tck;

import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;

/**
 * One call of one kernel: its operands, how to call it, and what must come out.
 *
 * @param out the output, with what stands in it before the call
 */
record KernelCase(String name, List<Operand> operands, Operand out, Call call, Meaning meaning) {

  /** Runs the kernel. */
  interface Call {
    void run(Backend backend, ArrayView[] operands, ArrayView out);
  }

  /** The result, from the elements of the operands and the old output in row-major order. */
  interface Meaning {
    Expected of(Precision precision, double[][] operands, double[] old);
  }

  /** The same call on operands filled otherwise. */
  KernelCase on(Values... values) {
    Operand[] filled = new Operand[values.length];
    for (int k = 0; k < values.length; k++) {
      filled[k] = operands.get(k).filledWith(values[k]);
    }
    return new KernelCase(name, List.of(filled), out, call, meaning);
  }

  /** The same call on an output filled otherwise. */
  KernelCase over(Values old) {
    return new KernelCase(name, operands, out.filledWith(old), call, meaning);
  }

  /** The arrays of one call. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Prepared(KernelCase kernel, Precision precision, TestArray[] operands, TestArray out) {

    void run(Backend backend) {
      ArrayView[] views = new ArrayView[operands.length];
      for (int k = 0; k < views.length; k++) {
        views[k] = operands[k].view();
      }
      kernel.call.run(backend, views, out.view());
    }

    /** Puts back what stood in all arrays when they were made. */
    void restore() {
      for (TestArray operand : operands) {
        operand.restore();
      }
      out.restore();
    }

    /** What must come out, from what the arrays hold now. */
    Expected expected() {
      double[][] elements = new double[operands.length][];
      for (int k = 0; k < elements.length; k++) {
        elements[k] = operands[k].elements();
      }
      return kernel.meaning.of(precision, elements, out.elements());
    }

    /** Runs the kernel and describes the first wrong element, or null. */
    @Nullable String errorOf(Backend backend) {
      Expected expected = expected();
      run(backend);
      return expected.firstError(precision, out.elements());
    }
  }

  Prepared prepare(
      Precision precision, Arrangement operandArrangement, Arrangement outArrangement) {
    Random random = new Random(20260601);
    TestArray[] arrays = new TestArray[operands.size()];
    for (int k = 0; k < arrays.length; k++) {
      arrays[k] = TestArray.operand(precision, operands.get(k), operandArrangement, random);
    }
    return new Prepared(
        this, precision, arrays, TestArray.output(precision, out, outArrangement, random));
  }
}
