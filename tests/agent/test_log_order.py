"""In which order a turn is logged, and what of it is logged when it fails."""

from agent.model.case import Stage
from tests.agent.halfway import until
from tests.agent.world import TENANT, allowed


async def test_the_log_says_that_a_case_may_go_on_before_it_says_what_it_wrote() -> None:
    world, case_id = await allowed()
    await until(world, case_id, Stage.EXECUTE)
    await world.order("pause", tenant=TENANT)
    await world.turn(case_id)
    await world.order("resume", tenant=TENANT)
    await world.run(case_id)
    codes = await world.codes(case_id)
    assert codes.index("control.paused") < codes.index("control.resumed") < codes.index("write.attempted")


async def test_a_turn_that_fails_right_before_its_write_still_logs_what_led_to_it() -> None:
    world, case_id = await allowed()
    await until(world, case_id, Stage.EXECUTE)
    before = len(await world.codes(case_id))
    world.controls.is_unreadable = True
    await world.turn(case_id)
    codes = (await world.codes(case_id))[before:]
    assert codes[-3:] == ["step.decided", "permit.granted", "stage.troubled"] and "lookup.answered" in codes
