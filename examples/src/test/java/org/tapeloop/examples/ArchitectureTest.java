package org.tapeloop.examples;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.GeneralCodingRules.ACCESS_STANDARD_STREAMS;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Who may use what. Each rule is applied twice: to the project, where it must hold, and to a few
 * lines of source that break it, where it must not.
 */
class ArchitectureTest {
  private static final String SPI = "org.tapeloop.autograd.spi";
  private static final String REFERENCE = "org.tapeloop.autograd.reference";
  private static final String CORE = "org.tapeloop.autograd";
  private static final String SCAN = "org.tapeloop.autograd.scan";
  private static final String TCK = "org.tapeloop.autograd.tck..";
  private static final String VECTOR = "org.tapeloop.backend.vector..";
  private static final String OPENBLAS = "org.tapeloop.backend.openblas..";
  private static final String NN = "org.tapeloop.nn..";
  private static final String EXAMPLES = "org.tapeloop.examples..";

  private static JavaClasses project;

  @BeforeAll
  static void importProject() {
    project =
        new ClassFileImporter()
            .importPaths(JavaSources.modules().stream().map(JavaSources::classes).toList());
  }

  /** The rules, each with sources that break it. */
  enum Rule {
    SPI_STANDS_ALONE(
        only(SPI, SPI)
            .because("a backend must be writable, and readable, knowing nothing but its contract"),
        """
        package org.tapeloop.autograd.spi;
        class Violation { org.tapeloop.autograd.Shape shape; }
        """),

    REFERENCE_SEES_THE_SPI_ONLY(
        only(REFERENCE, SPI, REFERENCE)
            .because("the oracle must not lean on what it is the oracle of"),
        """
        package org.tapeloop.autograd.reference;
        class Violation { org.tapeloop.autograd.Tensor tensor; }
        """),

    CORE_SEES_NEITHER_BACKENDS_NOR_NETWORKS(
        only(CORE, CORE, SPI)
            .because("backends are found at run time, and networks are built on the core"),
        """
        package org.tapeloop.autograd;
        class Violation { org.tapeloop.nn.LstmCell cell; }
        """),

    SCANS_SEE_TENSORS_AND_THE_SPI(
        only(SCAN, SCAN, CORE, SPI)
            .because("a plan runs on whatever backend is in use, and is made from any cell's step"),
        """
        package org.tapeloop.autograd.scan;
        class Violation { org.tapeloop.nn.LstmCell cell; }
        """),

    SUITE_SEES_THE_SPI_ONLY(
        only(TCK, TCK, SPI)
            .because("a third party's backend is judged by the contract, not by our tensors"),
        """
        package org.tapeloop.autograd.tck;
        class Violation { org.tapeloop.autograd.Tensor tensor; }
        """),

    VECTOR_BACKEND_SEES_THE_SPI_ONLY(
        only(VECTOR, VECTOR, SPI)
            .because("backends are exchangeable: they know neither tensors nor each other"),
        """
        package org.tapeloop.backend.vector;
        class Violation { org.tapeloop.autograd.Tensor tensor; }
        """),

    OPENBLAS_BACKEND_SEES_THE_SPI_ONLY(
        only(OPENBLAS, OPENBLAS, SPI)
            .because("backends are exchangeable: they know neither tensors nor each other"),
        """
        package org.tapeloop.backend.openblas;
        class Violation {
          Class<?> other = org.tapeloop.backend.vector.VectorBackendProvider.class;
        }
        """),

    NETWORKS_SEE_TENSORS_ONLY(
        only(NN, NN, CORE, SCAN)
            .because("a cell is made of differentiable operations, so that any backend runs it"),
        """
        package org.tapeloop.nn;
        class Violation { org.tapeloop.autograd.spi.ArrayView view; }
        """),

    PROGRAMS_SEE_NO_BACKEND(
        noClasses()
            .that()
            .resideInAPackage(EXAMPLES)
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(VECTOR, OPENBLAS, REFERENCE, TCK)
            .because("a program names its backend at run time, if at all"),
        """
        package org.tapeloop.examples;
        class Violation {
          Object backend = new org.tapeloop.autograd.reference.ReferenceBackend();
        }
        """),

    NOTHING_SEES_THE_PROGRAMS(
        noClasses()
            .that()
            .resideOutsideOfPackage(EXAMPLES)
            .should()
            .dependOnClassesThat()
            .resideInAPackage(EXAMPLES)
            .because("programs use the library, not the other way round"),
        """
        package org.tapeloop.nn;
        class Violation { org.tapeloop.examples.Tapeloop program; }
        """),

    VECTOR_API_STAYS_IN_ITS_BACKEND(
        noClasses()
            .that()
            .resideOutsideOfPackage(VECTOR)
            .should()
            .dependOnClassesThat()
            .resideInAPackage("jdk.incubator.vector..")
            .because("the module incubates: where it is missing, all but this backend must work"),
        """
        package org.tapeloop.autograd;
        class Violation { jdk.incubator.vector.FloatVector vector; }
        """),

    NATIVE_CODE_STAYS_IN_ONE_CLASS(
        noClasses()
            .that(not(inClass("org.tapeloop.backend.openblas.OpenBlasLibrary")))
            .should()
            .dependOnClassesThat(
                resideInAPackage("org.bytedeco..")
                    .or(resideInAPackage("java.lang.foreign..").and(not(mappedMemory()))))
            .because("a wrong native call ends the JVM, so all of them stand on one page"),
        """
        package org.tapeloop.backend.openblas;
        class Violation { java.lang.foreign.Linker linker; }
        """),

    FOREIGN_MEMORY_IS_FOR_NATIVE_CODE_AND_MAPPED_FILES(
        noClasses()
            .that(
                not(inClass("org.tapeloop.backend.openblas.OpenBlasLibrary"))
                    .and(not(resideInAPackage("org.tapeloop.nn.safetensors"))))
            .should()
            .dependOnClassesThat()
            .resideInAPackage("java.lang.foreign..")
            .because("tensors live in Java arrays; a file too long for a buffer is mapped"),
        """
        package org.tapeloop.autograd;
        class Violation { java.lang.foreign.MemorySegment segment; }
        """),

    KERNELS_ARE_CALLED_BY_OPS_AND_TAPE(
        noClasses()
            .that()
            .resideInAPackage(CORE)
            .and()
            .haveNameNotMatching(
                named(
                    "\\w+Op|\\w+Ops|Backends|CompositeBackend|Backward|ProductSum|Anomaly|Tensor"))
            .should()
            .accessTargetWhere(kernelOfABackend())
            .because("an operation must check shapes and be recorded before a kernel runs"),
        """
        package org.tapeloop.autograd;
        interface ViolationMethods {
          default void scale(org.tapeloop.autograd.spi.ArrayView view) {
            Backends.current().fill(view, 2);
          }
        }
        """),

    PACKAGES_FORM_NO_CYCLES(
        slices()
            .matching("org.tapeloop.(**)")
            .should()
            .beFreeOfCycles()
            .because("packages in a cycle can be understood only all at once"),
        """
        package org.tapeloop.nn;
        public class Violation { org.tapeloop.nn.other.Back back; }
        """,
        """
        package org.tapeloop.nn.other;
        public class Back { org.tapeloop.nn.Violation violation; }
        """),

    LIBRARIES_DO_NOT_PRINT(
        noClasses()
            .that()
            .resideOutsideOfPackage(EXAMPLES)
            .should(ACCESS_STANDARD_STREAMS)
            .because("a library's words belong into exceptions, return values and System.Logger"),
        """
        package org.tapeloop.autograd;
        class Violation { void say() { System.err.println("here"); } }
        """);

    private final ArchRule rule;
    private final String[] violation;

    Rule(ArchRule rule, String... violation) {
      this.rule = rule;
      this.violation = violation;
    }

    /** Within the project, the classes of a package may use those of the given packages only. */
    private static ArchRule only(String packages, String... allowed) {
      return classes()
          .that()
          .resideInAPackage(packages)
          .should()
          .onlyDependOnClassesThat(
              resideInAnyPackage(allowed).or(not(resideInAPackage("org.tapeloop.."))));
    }

    /** A class and those inside it. */
    private static DescribedPredicate<JavaClass> inClass(String name) {
      return DescribedPredicate.describe(
          "in " + name,
          type -> type.getName().equals(name) || type.getName().startsWith(name + "$"));
    }

    /** What a file is read with through the address space: checked, and never a call. */
    private static DescribedPredicate<JavaClass> mappedMemory() {
      return DescribedPredicate.describe(
          "memory of a mapped file",
          type ->
              type.getSimpleName().matches("Arena|MemorySegment|MemoryLayout|ValueLayout|Of\\w+"));
    }

    /** Classes of the core by their simple names, with those inside them. */
    private static String named(String simpleNames) {
      return Pattern.quote(CORE) + "\\.(" + simpleNames + ")(\\$.*)?";
    }

    private static DescribedPredicate<JavaAccess<?>> kernelOfABackend() {
      Set<String> questions = Set.of("name", "description", "threads", "matrixPacking");
      return DescribedPredicate.describe(
          "target is a kernel of a backend",
          access ->
              access.getTargetOwner().getName().equals(SPI + ".Backend")
                  && !questions.contains(access.getTarget().getName()));
    }
  }

  @ParameterizedTest
  @EnumSource(Rule.class)
  void holds(Rule rule) {
    rule.rule.check(project);
  }

  @ParameterizedTest
  @EnumSource(Rule.class)
  void turnsRedWhereItIsBroken(Rule rule, @TempDir Path folder) {
    JavaSources.compile(folder, rule.violation);
    JavaClasses broken = new ClassFileImporter().importPath(folder);
    assertTrue(broken.stream().anyMatch(type -> type.getName().contains("Violation")));
    assertTrue(rule.rule.evaluate(broken).hasViolation());
  }

  static List<String> modules() {
    return JavaSources.modules();
  }

  @ParameterizedTest
  @MethodSource("modules")
  void classesOfEveryModuleWereSeen(String module) {
    String folder = JavaSources.classes(module).toUri().toString();
    JavaClasses seen =
        project.that(
            DescribedPredicate.describe(
                "from " + module,
                type ->
                    type.getSource()
                        .map(source -> source.getUri().toString().startsWith(folder))
                        .orElse(false)));
    assertFalse(seen.isEmpty(), folder);
  }

  @Test
  void everyPackageOfTheRulesHasClasses() {
    Stream.of(SPI, REFERENCE, CORE, SCAN, TCK, VECTOR, OPENBLAS, NN, EXAMPLES)
        .forEach(name -> assertFalse(project.that(resideInAPackage(name)).isEmpty(), name));
  }
}
