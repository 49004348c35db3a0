package org.tapeloop.autograd.tck;

import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import org.tapeloop.autograd.spi.ArrayView;
import org.tapeloop.autograd.spi.Backend;

/** Section 5 of the contract: gemm. */
class ProductClauses extends ClauseGroup {
  /** M, N, K around register tiles and cache blocks. */
  private static final int[][] SHAPES = {
    {1, 1, 1},
    {1, 1, 7},
    {1, 5, 3},
    {1, 64, 33},
    {1, 129, 65},
    {2, 3, 4},
    {3, 1, 5},
    {65, 1, 129},
    {4, 4, 4},
    {5, 17, 9},
    {6, 16, 8},
    {6, 64, 32},
    {7, 15, 31},
    {7, 65, 33},
    {8, 8, 8},
    {9, 31, 16},
    {11, 48, 5},
    {12, 128, 64},
    {13, 47, 1},
    {16, 16, 16},
    {17, 33, 65},
    {20, 96, 100},
    {31, 63, 31},
    {33, 129, 17},
    {50, 80, 70},
    {64, 64, 64},
    {97, 67, 131},
    {3, 200, 530},
    {25, 20, 1031},
    {2, 1030, 3},
    {1030, 2, 3}
  };

  ProductClauses(IntFunction<Backend> factory) {
    super(factory);
  }

  @Clause("5.1")
  void productsStayWithinTheirErrorBound() {
    for (int[] s : SHAPES) {
      verify(Kernels.gemm(1, 0, s[0], s[1], s[2]));
    }
  }

  @Clause("5.2")
  void alphaScalesTheProductAndBetaTheOldOutput() {
    for (double alpha : new double[] {1, -1, 0.3, 0}) {
      for (double beta : new double[] {1, -1, 0.7, 0}) {
        verify(Kernels.gemm(alpha, beta, 13, 21, 18));
        verify(Kernels.gemm(alpha, beta, 1, 21, 18));
        verify(Kernels.gemm(alpha, beta, 13, 1, 18));
        verify(Kernels.gemm(alpha, beta, 30, 70, 600));
      }
    }
  }

  @Clause("5.3")
  void theOldOutputIsNotReadWhereBetaIsZero() {
    for (int[] s : SHAPES) {
      verify(Kernels.gemm(1, 0, s[0], s[1], s[2]).over(Values.constant(Double.NaN)));
    }
  }

  @Clause("5.4")
  void theProductOverNoInnerElementsIsZero() {
    for (double beta : new double[] {0, 1, -0.5}) {
      verify(Kernels.gemm(2, beta, 5, 19, 0));
      verify(Kernels.gemm(2, beta, 1, 19, 0));
      verify(Kernels.gemm(2, beta, 5, 1, 0));
      verify(Kernels.gemm(2, beta, 5, 7, 0, 3));
    }
    verify(Kernels.gemm(1, 0, 3, 3, 0).over(Values.constant(Double.POSITIVE_INFINITY)));
  }

  @Clause("5.5")
  void leadingAxesAreBatchAxes() {
    verify(Kernels.gemm(1, 0, 5, 19, 8, 1));
    verify(Kernels.gemm(1, 0, 5, 19, 8, 4));
    verify(Kernels.gemm(-1, 0.5, 17, 3, 33, 2, 3));
    verify(Kernels.gemm(1, 1, 1, 6, 4, 3, 1, 2));
    verify(Kernels.gemm(1, 0, 6, 1, 4, 7));
  }

  @Clause("5.6")
  void operandsMayHaveAnyStrides() {
    for (Arrangement operands : Arrangement.values()) {
      for (int[] s : new int[][] {{5, 19, 8}, {1, 19, 8}, {5, 1, 8}, {5, 19, 1}, {20, 34, 50}}) {
        verify(Kernels.gemm(1, 0, s[0], s[1], s[2]), operands, Arrangement.DENSE);
        verify(Kernels.gemm(0.5, 0.5, s[0], s[1], s[2], 3), operands, Arrangement.INSET);
      }
    }
  }

  @Clause("5.7")
  void outputsMayHaveAnyStridesButZero() {
    for (Arrangement out : Arrangement.WRITABLE) {
      for (int[] s : new int[][] {{5, 19, 8}, {1, 19, 8}, {5, 1, 8}, {5, 19, 1}, {20, 34, 50}}) {
        verify(Kernels.gemm(1, 0, s[0], s[1], s[2]), Arrangement.DENSE, out);
        verify(Kernels.gemm(0.5, 0.5, s[0], s[1], s[2], 3), Arrangement.DENSE, out);
      }
    }
  }

  @Clause("5.8")
  void nanAndInfinitiesReachTheirRowOrColumnAndNothingElse() {
    double infinity = Double.POSITIVE_INFINITY;
    for (int[] s : new int[][] {{7, 19, 10}, {1, 19, 10}, {7, 1, 10}, {33, 65, 100}}) {
      KernelCase product = Kernels.gemm(1, 0, s[0], s[1], s[2]);
      int inA = s[0] * s[2] - 1;
      int inB = s[1] * s[2] / 2;
      Values normal = Values.NORMAL;
      for (double special : new double[] {Double.NaN, infinity, -infinity}) {
        verify(product.on(normal.with(inA, special), normal));
        verify(product.on(normal, normal.with(inB, special)));
        verify(product.on(normal.with(0, special), Values.constant(0)));
        verify(product.on(Values.constant(0), normal.with(inB, special)));
      }
    }
  }

  @Clause("5.9")
  void productsOfOneLeftOperandGiveTheBitsOfGemm() {
    List<Arrangement> outs = List.of(Arrangement.DENSE, Arrangement.INSET, Arrangement.TRANSPOSED);
    for (Precision precision : Precision.values()) {
      for (Arrangement operands : Arrangement.values()) {
        for (Arrangement out : outs) {
          for (int[] s : new int[][] {{5, 19, 8}, {20, 300, 30}, {131, 310, 1030}, {4, 3, 0}}) {
            compareWithOneByOne(0.5, 0.7, s, precision, operands, out);
          }
          compareWithOneByOne(1, 0, new int[] {20, 300, 530}, precision, operands, out);
        }
      }
    }
  }

  private void compareWithOneByOne(
      double alpha,
      double beta,
      int[] mnk,
      Precision precision,
      Arrangement operands,
      Arrangement out) {
    Backend backend = backend(2);
    KernelCase product = Kernels.gemmInThree(alpha, beta, mnk[0], mnk[1], mnk[2]);
    Check check =
        prepared -> {
          prepared.run(backend);
          double[] together = prepared.out().elements();
          prepared.restore();
          List<ArrayView> b = Kernels.inThree(prepared.operands()[1].view(), mnk[1]);
          List<ArrayView> parts = Kernels.inThree(prepared.out().view(), mnk[1]);
          for (int i = 0; i < parts.size(); i++) {
            backend.gemm(alpha, prepared.operands()[0].view(), b.get(i), beta, parts.get(i));
          }
          int first = Arrays.mismatch(together, prepared.out().elements());
          return first < 0 ? null : "element " + first + " is not what gemm gives one by one";
        };
    check(product, precision, operands, out, check);
  }
}
