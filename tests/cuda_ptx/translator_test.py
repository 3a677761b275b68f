"""What the translator refuses, and what it says then."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "translator"))

import parser  # noqa: E402
import writer  # noqa: E402


def translate(body, before=""):
    return writer.module(parser.parse(f"""
.version 9.0
.target sm_90
.address_size 64
.file 1 "/folder/kernels/window.cu"
{before}
.visible .entry kernel(
  .param .u64 kernel_param_0
)
.maxntid 256, 2
{{
  .reg .pred %p<3>;
  .reg .b32 %r<9>;
  .reg .b64 %rd<9>;
  .loc 1 12 3
  {body}
  ret;
}}
"""))


class Refused(unittest.TestCase):
    def check(self, text, *arguments):
        with self.assertRaises(parser.Unsupported) as raised:
            translate(*arguments)
        self.assertIn(text, str(raised.exception))

    def test_an_unknown_opcode_is_named_with_its_kernel_and_its_line(self):
        self.check("16: not supported: wgmma.fence.sync.aligned (in kernel, at window.cu:12)", "wgmma.fence.sync.aligned;")

    def test_an_unknown_form_of_a_known_opcode(self):
        self.check("16: not supported: add.cc.u32 %r1, %r2, %r3", "add.cc.u32 %r1, %r2, %r3;")
        self.check("not supported: cvt.rz.f32.f64", "cvt.rz.f32.f64 %r1, %rd1;")
        self.check("not supported: shfl.up.b32", "shfl.up.b32 %r1, %r2, 1, 31;")
        self.check("not supported: bar.sync 1", "bar.sync 1;")
        self.check("not supported: ld.const.u32", "ld.const.u32 %r1, [%rd1];")

    def test_memory_of_a_threads_own(self):
        self.check("memory of a thread's own (.local) is not supported: index arrays by constants (in kernel)",
                   ".local .align 4 .b8 depot[32];")

    def test_variables_of_the_module(self):
        self.check("not supported outside of a kernel: .global .align 4 .u32 counter", "",
                   ".global .align 4 .u32 counter;")

    def test_an_unknown_operand(self):
        self.check("operand not supported: %clock", "mov.u32 %r1, %clock;")


class Translated(unittest.TestCase):
    def test_launch_bounds_and_parameters_are_registered(self):
        self.assertIn('"kernel", run_kernel, 0, 512, {{0, 8}}', translate(""))

    def test_an_access_knows_its_line_and_its_guard(self):
        code = translate("@!%p1 ld.global.nc.v2.u32 {%r1, %r2}, [%rd1+-8];")
        self.assertIn('{"window.cu", 12, "ld.global.nc.v2.u32"}', code)
        self.assertIn("if (!p1) { { const auto* const at = global<std::uint32_t, 2>(block, std::uint64_t(rd1) + "
                      "0xfffffffffffffff8ull, sites[0]); r1 = at[0]; r2 = at[1]; } }", code)

    def test_shared_arrays_lie_behind_each_other_and_dynamic_memory_last(self):
        code = translate(".shared .align 4 .b8 a[12]; .shared .align 16 .b8 b[4]; mov.u32 %r1, b; mov.u32 %r2, c;",
                         ".extern .shared .align 16 .b8 c[];")
        self.assertIn("r1 = std::uint32_t(16);", code)
        self.assertIn("r2 = std::uint32_t(32);", code)
        self.assertIn("run_kernel, 32,", code)

    def test_a_table_of_branches(self):
        code = translate("table: .branchtargets one, two; brx.idx %r1, table; one: two: ret;")
        self.assertIn("switch (r1) { case 0: goto one; case 1: goto two; }", code)

    def test_calls(self):
        code = translate("{ .param .b32 x; st.param.b32 [x+0], %r1; .param .b32 y; call.uni (y), f, (x); }",
                         ".func (.param .b32 result) f(.param .b32 f_param_0) { ret; }")
        self.assertIn("function_f(block, {y, x});", code)
        self.assertIn("char* const f_param_0 = memory.begin()[1];", code)


if __name__ == "__main__":
    unittest.main()
