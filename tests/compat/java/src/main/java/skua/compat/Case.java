package skua.compat;

/** One named behaviour; returns if it holds, throws with the reason if not. */
@FunctionalInterface
interface Case {
    void run(Scene scene) throws Exception;
}
