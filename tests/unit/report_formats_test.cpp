// The report for programs: -P, --by-gpu and --json, and what all of them say of a simulated GPU.

#include "report_fixture.hpp"

namespace sbraid {
namespace {

using namespace report_fixture;

TEST(ReportFormats, ForProgramsIsOneRowAnElement) {
    EXPECT_EQ(
        render_parsable(report_table({World().joined()})),
        "run|task|element|job_id|state|exit_code|signal|attempts|elapsed_s|wait_s|ineligible_s|cpu_asked|cpu_"
        "used_s|cpu_"
        "efficiency|mem_asked_bytes|mem_max_bytes|gpus_asked|gpus_seen|gpus_shared|gpu_util_mean|gpu_util_"
        "max|gpu_mem_"
        "max_bytes|gpu_energy_j|gpu_idle_fraction|gpu_coverage|gpu_unknown_because|gpu_source|warnings|"
        "total_elapsed_s|total_cpu_used_s|total_gpu_s\n"
        "finetune-20261120T120000-a1b2c3|prep|0|10_0|COMPLETED|0||1|60|30|0|2|108|0.9|1073741824|104857600|0|"
        "0|0|"
        "||||||||used 10% of the memory it asked for (100M of 1G)|60|108|\n"
        "finetune-20261120T120000-a1b2c3|prep|1|10_1|COMPLETED|0||1|60|30|0|2|108|0.9|1073741824|104857600|0|"
        "0|0|"
        "||||||||used 10% of the memory it asked for (100M of 1G)|60|108|\n"
        "finetune-20261120T120000-a1b2c3|prep|2|10_2|FAILED|75||1|60|30|0|2|108|0.9|1073741824|104857600|0|0|"
        "0|||"
        "|||||||60|108|\n"
        "finetune-20261120T120000-a1b2c3|train||20|COMPLETED|0||2|3600|4|6|8|25056|0.87|107374182400|"
        "84825604096|4|4|0|53.3333|100|76235669504|1200000|0.3467|0||simulated GPU|1 of 4 GPUs idle: "
        "GPU-33333333-aaaa-bbbb-cccc-000000000000 on n2 never touched|7200|50112|\n"
        "finetune-20261120T120000-a1b2c3|eval||30|OUT_OF_MEMORY|||1|31|9|89|2|31|0.5|2147483648|2147483648|2|"
        "2|0|"
        "52.5|80|76235669504||0.02|0.98||simulated GPU|rank 1 on n1 was killed: out of memory (limit "
        "2G)|31|31|\n"
        "finetune-20261120T120000-a1b2c3|alarm||40|SKIPPED|||0|||||||||0|0|0||||||||||||\n");
}

TEST(ReportFormats, ByGpuIsOneRowAGpuAndRank) {
    EXPECT_EQ(
        render_parsable(report_gpu_table({World().joined()})),
        "run|task|element|job_id|uuid|rank|node|util_mean|util_max|board_util_mean|mem_max_bytes|"
        "mem_total_bytes|energy_j|idle_fraction|longest_idle_s|processes|coverage|shared|unknown_because|gpu_"
        "source\n"
        "finetune-20261120T120000-a1b2c3|train||20|GPU-11111111-aaaa-bbbb-cccc-000000000000|0|n1|91.2|"
        "100|80|76235669504|85899345920|600000|0.02|3|1|0.98|||simulated GPU\n"
        "finetune-20261120T120000-a1b2c3|train||20|GPU-22222222-aaaa-bbbb-cccc-000000000000|1|n1|40|99|80|"
        "76235669504|85899345920||0.02|3|1|0.98|||simulated GPU\n"
        "finetune-20261120T120000-a1b2c3|train||20|GPU-22222222-aaaa-bbbb-cccc-000000000000|2|n1|10|30|80|"
        "76235669504|85899345920||0.02|3|1|0.98|||simulated GPU\n"
        "finetune-20261120T120000-a1b2c3|train||20|GPU-22222222-aaaa-bbbb-cccc-000000000000||n1|80|100|80|"
        "76235669504|85899345920|600000|0.02|3|1|0.98|||simulated GPU\n"
        "finetune-20261120T120000-a1b2c3|train||20|GPU-33333333-aaaa-bbbb-cccc-000000000000||n2|0|0|0|0|"
        "85899345920||1|3600|0|0.98|||simulated GPU\n"
        "finetune-20261120T120000-a1b2c3|train||20|GPU-44444444-aaaa-bbbb-cccc-000000000000||n2|||||||||"
        "|0||mig|simulated GPU\n"
        "finetune-20261120T120000-a1b2c3|eval||30|GPU-55555555-aaaa-bbbb-cccc-000000000000|0|n1|55|80|55|"
        "76235669504|85899345920||0.02|3|1|0.98|||simulated GPU\n"
        "finetune-20261120T120000-a1b2c3|eval||30|GPU-66666666-aaaa-bbbb-cccc-000000000000|1|n1|50|80|50|"
        "76235669504|85899345920||0.02|3|1|0.98|||simulated GPU\n");
}

TEST(ReportFormats, JsonHasTheShapeThatOthersRelyOn) {
    auto joined = World().joined();
    std::erase_if(joined.rows, [](const ReportRow& row) { return row.task != "eval"; });
    std::erase_if(joined.rows[0].gpu.rows, [](const GpuRow& gpu) { return gpu.rank == 1U; });
    EXPECT_EQ(
        report_json({joined}),
        "{\"schema\":\"sbraid.report/"
        "1\",\"runs\":[{\"run\":\"finetune-20261120T120000-a1b2c3\",\"workflow\":\"finetune\","
        "\"state\":\"failed\",\"created\":1795219000,\"dir\":\"/home/alice/.sbraid/"
        "finetune-20261120T120000-a1b2c3\",\"accounting\":true,\"simulated\":true}],\"tasks\":[{"
        "\"run\":\"finetune-20261120T120000-a1b2c3\",\"task\":\"eval\",\"element\":null,\"job_id\":"
        "\"30\",\"state\":\"OUT_OF_MEMORY\",\"exit_code\":null,\"signal\":null,\"attempts\":1,"
        "\"elapsed_s\":31,\"wait_s\":9,\"ineligible_s\":89,\"cpu\":{\"asked\":2,\"used_s\":31.0,"
        "\"efficiency\":0.5},"
        "\"mem\":{\"asked_bytes\":2147483648,\"max_bytes\":2147483648,\"out_of_memory\":true},"
        "\"total\":{\"elapsed_s\":31,\"cpu_used_s\":31.0,\"gpu_s\":null},\"gpu\":{"
        "\"asked\":2,\"seen\":2,"
        "\"known\":2,\"shared\":0,\"util_mean\":52.5,\"util_max\":80.0,\"mem_max_bytes\":76235669504,"
        "\"energy_j\":"
        "null,\"idle_fraction\":0.02,\"coverage\":0.98,\"unknown_because\":null},\"gpus\":[{\"uuid\":"
        "\"GPU-55555555-aaaa-bbbb-cccc-000000000000\",\"rank\":0,\"node\":\"n1\",\"util_mean\":55.0,"
        "\"util_max\":80.0,\"board_util_mean\":55.0,\"mem_max_bytes\":76235669504,\"mem_total_bytes\":"
        "85899345920,\"energy_j\":"
        "null,\"idle_fraction\":0.02,\"longest_idle_s\":3.0,\"processes\":1,\"coverage\":0.98,"
        "\"shared\":false,\"verdict\":\"used\",\"unknown_because\":null,\"gpu_source\":\"simulated "
        "GPU\",\"simulated\":true}],\"gpu_source\":\"simulated GPU\",\"simulated\":true,\"why\":\"ran out "
        "of memory (limit 2G)\",\"warnings\":[\"rank 1 on n1 was killed: out of memory (limit 2G)\"]}]}\n");
    EXPECT_EQ(report_json({}), "{\"schema\":\"sbraid.report/1\",\"runs\":[],\"tasks\":[]}\n");
}

TEST(ReportFormats, ARealGpuIsNotCalledSimulated) {
    World run;
    for (auto& gpu : run.state.gpus) gpu.simulated = false;
    for (auto& step : run.state.steps) step.simulated = false;
    const auto joined = run.joined();
    EXPECT_FALSE(joined.simulated);
    EXPECT_EQ(render_report({joined}, 120).find("simulated"), std::string::npos);
    EXPECT_EQ(render_parsable(report_table({joined})).find("simulated"), std::string::npos);
    EXPECT_EQ(report_json({joined}).find("\"simulated\":true"), std::string::npos);
}

}  // namespace
}  // namespace sbraid
