package org.tapeloop.backend.openblas;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_DOUBLE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.io.File;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.lang.module.ModuleFinder;
import java.lang.module.ModuleReader;
import java.lang.module.ModuleReference;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;
import org.tapeloop.autograd.spi.BackendProvider.Probe;

/**
 * OpenBLAS, found among the platform artifacts of {@code org.bytedeco:openblas} and called on Java
 * arrays where they lie.
 *
 * <p>The one class that knows the native world. Calls are critical: the arrays do not move and no
 * copy is made, but no garbage collection can begin until the call returns, so callers keep calls
 * short. The library itself stays on one thread: how it splits a product among several changes the
 * bits, and its setting is one for the whole process.
 *
 * <p>Matrices are row-major with a distance {@code ld} between rows.
 */
@SuppressWarnings("restricted") // native calls are what this class is for
final class OpenBlasLibrary {
  private static final int ROW_MAJOR = 101;
  private static final int AS_IS = 111;
  private static final int TRANSPOSED = 112;

  private static final String CORE_VARIABLE = "OPENBLAS_CORETYPE";

  /** What the kernels for SkylakeX need. */
  private static final Set<String> SKYLAKE_X =
      Set.of("avx512f", "avx512cd", "avx512bw", "avx512dq", "avx512vl");

  private static final Loading LOADED = load();

  private static final @Nullable MethodHandle SGEMM = gemm("cblas_sgemm", JAVA_FLOAT);
  private static final @Nullable MethodHandle DGEMM = gemm("cblas_dgemm", JAVA_DOUBLE);
  private static final @Nullable MethodHandle SGEMV = gemv("cblas_sgemv", JAVA_FLOAT);
  private static final @Nullable MethodHandle DGEMV = gemv("cblas_dgemv", JAVA_DOUBLE);

  private OpenBlasLibrary() {}

  /** How loading went: the symbols, or null and why. */
  private record Loading(@Nullable SymbolLookup symbols, Probe probe) {}

  /** Whether the library could be loaded, and which it is. */
  static Probe probe() {
    return LOADED.probe;
  }

  /** {@code c = alpha a b + beta c} for a [m, k], b [k, n], c [m, n]. */
  static void gemm(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      float alpha,
      float[] a,
      int aOffset,
      int lda,
      float[] b,
      int bOffset,
      int ldb,
      float beta,
      float[] c,
      int cOffset,
      int ldc) {
    try {
      loaded(SGEMM)
          .invokeExact(
              ROW_MAJOR,
              transposeA ? TRANSPOSED : AS_IS,
              transposeB ? TRANSPOSED : AS_IS,
              m,
              n,
              k,
              alpha,
              from(a, aOffset),
              lda,
              from(b, bOffset),
              ldb,
              beta,
              from(c, cOffset),
              ldc);
    } catch (Throwable t) {
      throw failed("cblas_sgemm", t);
    }
  }

  /** {@code c = alpha a b + beta c} for a [m, k], b [k, n], c [m, n]. */
  static void gemm(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      double alpha,
      double[] a,
      int aOffset,
      int lda,
      double[] b,
      int bOffset,
      int ldb,
      double beta,
      double[] c,
      int cOffset,
      int ldc) {
    try {
      loaded(DGEMM)
          .invokeExact(
              ROW_MAJOR,
              transposeA ? TRANSPOSED : AS_IS,
              transposeB ? TRANSPOSED : AS_IS,
              m,
              n,
              k,
              alpha,
              from(a, aOffset),
              lda,
              from(b, bOffset),
              ldb,
              beta,
              from(c, cOffset),
              ldc);
    } catch (Throwable t) {
      throw failed("cblas_dgemm", t);
    }
  }

  /**
   * {@code y = alpha a x + beta y} for a [rows, columns] as it lies in memory, or its transpose.
   */
  static void gemv(
      boolean transpose,
      int rows,
      int columns,
      float alpha,
      float[] a,
      int aOffset,
      int lda,
      float[] x,
      int xOffset,
      int xStep,
      float beta,
      float[] y,
      int yOffset,
      int yStep) {
    try {
      loaded(SGEMV)
          .invokeExact(
              ROW_MAJOR,
              transpose ? TRANSPOSED : AS_IS,
              rows,
              columns,
              alpha,
              from(a, aOffset),
              lda,
              from(x, xOffset),
              xStep,
              beta,
              from(y, yOffset),
              yStep);
    } catch (Throwable t) {
      throw failed("cblas_sgemv", t);
    }
  }

  /**
   * {@code y = alpha a x + beta y} for a [rows, columns] as it lies in memory, or its transpose.
   */
  static void gemv(
      boolean transpose,
      int rows,
      int columns,
      double alpha,
      double[] a,
      int aOffset,
      int lda,
      double[] x,
      int xOffset,
      int xStep,
      double beta,
      double[] y,
      int yOffset,
      int yStep) {
    try {
      loaded(DGEMV)
          .invokeExact(
              ROW_MAJOR,
              transpose ? TRANSPOSED : AS_IS,
              rows,
              columns,
              alpha,
              from(a, aOffset),
              lda,
              from(x, xOffset),
              xStep,
              beta,
              from(y, yOffset),
              yStep);
    } catch (Throwable t) {
      throw failed("cblas_dgemv", t);
    }
  }

  private static MemorySegment from(float[] array, int offset) {
    return MemorySegment.ofArray(array).asSlice((long) offset * Float.BYTES);
  }

  private static MemorySegment from(double[] array, int offset) {
    return MemorySegment.ofArray(array).asSlice((long) offset * Double.BYTES);
  }

  private static MethodHandle loaded(@Nullable MethodHandle call) {
    return Objects.requireNonNull(call, "OpenBLAS is not loaded");
  }

  /**
   * What is thrown when a call fails. That anything is caught before is due to the handles, whose
   * calls declare Throwable; a downcall throws unchecked exceptions only.
   */
  private static IllegalStateException failed(String call, Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return new IllegalStateException(call + ": " + cause, cause);
  }

  private static @Nullable MethodHandle gemm(String name, MemoryLayout real) {
    return critical(
        name, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, real, ADDRESS, JAVA_INT,
        ADDRESS, JAVA_INT, real, ADDRESS, JAVA_INT);
  }

  private static @Nullable MethodHandle gemv(String name, MemoryLayout real) {
    return critical(
        name, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, real, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT,
        real, ADDRESS, JAVA_INT);
  }

  private static @Nullable MethodHandle critical(String name, MemoryLayout... arguments) {
    return LOADED.symbols == null
        ? null
        : Linker.nativeLinker()
            .downcallHandle(
                LOADED.symbols.findOrThrow(name),
                FunctionDescriptor.ofVoid(arguments),
                Linker.Option.critical(true));
  }

  // ---- loading ----

  private static Loading load() {
    String platform = Loader.getPlatform();
    String artifact = "the artifact org.bytedeco:openblas with the classifier " + platform;
    try {
      if (resource(platform, files(platform).getLast()) == null) {
        return new Loading(
            null,
            new Probe.Refused(
                "no OpenBLAS for " + platform + " on the class path or module path",
                "add " + artifact));
      }
      String core = chooseCore();
      SymbolLookup symbols = open(platform);
      Linker.nativeLinker()
          .downcallHandle(
              symbols.findOrThrow("openblas_set_num_threads"), FunctionDescriptor.ofVoid(JAVA_INT))
          .invoke(1);
      String config = text(symbols, "openblas_get_config");
      String detail = config.strip() + ", core " + text(symbols, "openblas_get_corename") + core;
      return new Loading(symbols, new Probe.Usable(detail));
    } catch (IllegalCallerException e) {
      String module = OpenBlasLibrary.class.getModule().getName();
      return new Loading(
          null,
          new Probe.Refused(
              "native access is denied: " + e.getMessage(),
              "start Java with --enable-native-access="
                  + (module == null ? "ALL-UNNAMED" : module)));
    } catch (Throwable e) { // a probe answers, whatever the linker throws
      return new Loading(
          null,
          new Probe.Refused(
              "OpenBLAS for " + platform + " does not load: " + e, "check " + artifact));
    }
  }

  /**
   * Asks for the kernels for SkylakeX on CPUs with AVX-512 that are not Intel's. OpenBLAS knows
   * Intel's, but runs its Haswell kernels, half as fast, on others that are newer than itself; on
   * those that it knows it would choose kernels whose products are as fast. A choice by the user
   * stands.
   *
   * <p>Must run before the library is loaded, which is when it looks at its variables.
   *
   * @return how the core was chosen, for the description
   */
  private static String chooseCore() throws Throwable {
    setVariable("OPENBLAS_NUM_THREADS", "1");
    if (System.getenv(CORE_VARIABLE) != null) {
      return " (set by " + CORE_VARIABLE + ")";
    }
    Path cpuinfo = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(cpuinfo)) {
      return "";
    }
    boolean intel = false;
    boolean wide = false;
    for (String line : Files.readAllLines(cpuinfo)) {
      intel |= line.startsWith("vendor_id") && line.endsWith("GenuineIntel");
      wide |=
          line.startsWith("flags") && Arrays.asList(line.split("\\s+", -1)).containsAll(SKYLAKE_X);
    }
    if (intel || !wide) {
      return "";
    }
    setVariable(CORE_VARIABLE, "SkylakeX");
    return " (chosen for AVX-512)";
  }

  /**
   * Sets a variable of the process, which {@code System.getenv} does not show, unless the user has.
   */
  private static void setVariable(String name, String value) throws Throwable {
    Linker linker = Linker.nativeLinker();
    Optional<MemorySegment> setenv = linker.defaultLookup().find("setenv");
    if (System.getenv(name) == null && setenv.isPresent()) {
      MethodHandle call =
          linker.downcallHandle(
              setenv.get(), FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
      try (Arena arena = Arena.ofConfined()) {
        var _ = (int) call.invoke(arena.allocateFrom(name), arena.allocateFrom(value), 1);
      }
    }
  }

  /** Opens the library after those it needs. */
  private static SymbolLookup open(String platform) throws IOException {
    SymbolLookup opened = SymbolLookup.loaderLookup();
    for (String file : files(platform)) {
      URL resource = resource(platform, file);
      if (resource != null) {
        File unpacked = Loader.cacheResource(resource);
        opened = SymbolLookup.libraryLookup(unpacked.toPath(), Arena.global());
      }
    }
    return opened;
  }

  /**
   * The libraries of a platform's artifact, each after those it needs; some platforms lack some.
   */
  private static List<String> files(String platform) {
    if (platform.startsWith("windows")) {
      return List.of("libopenblas.dll");
    }
    if (platform.startsWith("macosx")) {
      return List.of(
          "libgcc_s.1.1.dylib",
          "libquadmath.0.dylib",
          "libgfortran.5.dylib",
          "libopenblas.0.dylib");
    }
    return List.of("libgcc_s.so.1", "libquadmath.so.0", "libgfortran.so.5", "libopenblas.so.0");
  }

  /**
   * Finds a file of the platform's artifact. On the module path the artifact is a module that
   * nobody requires, for each platform has its own, and so one that the runtime has not resolved:
   * then it is looked for there.
   */
  private static @Nullable URL resource(String platform, String file) throws IOException {
    String name = "org/bytedeco/openblas/" + platform + "/" + file;
    ClassLoader loader = OpenBlasLibrary.class.getClassLoader();
    URL found = loader == null ? ClassLoader.getSystemResource(name) : loader.getResource(name);
    if (found != null) {
      return found;
    }
    Path[] modulePath =
        Arrays.stream(System.getProperty("jdk.module.path", "").split(File.pathSeparator, -1))
            .filter(entry -> !entry.isEmpty())
            .map(Path::of)
            .toArray(Path[]::new);
    Optional<ModuleReference> module =
        ModuleFinder.of(modulePath).find("org.bytedeco.openblas." + platform.replace('-', '.'));
    if (module.isEmpty()) {
      return null;
    }
    try (ModuleReader reader = module.get().open()) {
      Optional<URI> uri = reader.find(name);
      return uri.isPresent() ? uri.get().toURL() : null;
    }
  }

  /** The text that a function without arguments returns. */
  private static String text(SymbolLookup symbols, String function) throws Throwable {
    MethodHandle call =
        Linker.nativeLinker()
            .downcallHandle(symbols.findOrThrow(function), FunctionDescriptor.of(ADDRESS));
    MemorySegment text = (MemorySegment) call.invoke();
    return text.reinterpret(Long.MAX_VALUE).getString(0);
  }
}
