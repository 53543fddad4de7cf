"""Drives a registry with harborapi, a Harbor client from PyPI, through what identity offers.

Takes the registry's URL, user and password from REGISTRY_URL, REGISTRY_USERNAME and
REGISTRY_PASSWORD. Prints one line of JSON per step: its name, and an error when it failed.
With --list it prints the names only.
"""

import asyncio
import json
import os
import secrets
import sys

PASSWORD = "Secret-12345"


class Session:
    """The steps, in order; later ones use what earlier ones left."""

    def __init__(self, client, models):
        self.client = client
        self.models = models
        self.name = "py-" + secrets.token_hex(4)
        self.user_id = None
        self.project_id = None

    async def system_info(self):
        info = await self.client.get_system_info()
        assert info.harbor_version and info.auth_mode, info
        assert info.registry_url, info
        volumes = await self.client.get_system_volume_info()
        assert volumes.storage[0].total > 0, volumes

    async def health_and_ping(self):
        health = await self.client.health_check()
        assert health.status == "healthy", health
        assert health.components, health
        assert "Pong" in await self.client.ping()

    async def current_user_and_permissions(self):
        user = await self.client.get_current_user()
        assert user.username == "admin" and user.sysadmin_flag, user
        rights = await self.client.get_current_user_permissions("/system", relative=True)
        assert any(right.resource == "user" for right in rights), rights
        offered = await self.client.get_permissions()
        assert offered.system and offered.project, offered

    async def user_create_get_search(self):
        request = self.models.UserCreationReq(
            username=self.name,
            email=f"{self.name}@example.com",
            realname="A B",
            comment="made by harborapi",
            password=PASSWORD,
        )
        location = await self.client.create_user(request)
        self.user_id = int(location.rsplit("/", 1)[1])
        user = await self.client.get_user(self.user_id)
        assert user.username == self.name and not user.sysadmin_flag, user
        assert (await self.client.get_user_by_username(self.name)).user_id == self.user_id
        assert await self.client.get_users(query=f"username={self.name}")

    async def user_update_and_set_admin(self):
        profile = self.models.UserProfile(
            email=f"{self.name}@example.org", realname="C D", comment=""
        )
        await self.client.update_user(self.user_id, profile)
        await self.client.set_user_admin(self.user_id, True)
        user = await self.client.get_user(self.user_id)
        assert user.realname == "C D" and user.sysadmin_flag, user
        await self.client.set_user_admin(self.user_id, False)
        await self.client.set_user_password(self.user_id, PASSWORD + "-2")

    async def project_create_exists_get(self):
        request = self.models.ProjectReq(
            project_name=self.name,
            metadata=self.models.ProjectMetadata(public=False),
            storage_limit=1024 * 1024,
        )
        assert not await self.client.project_exists(self.name)
        # It asks for the name in the location, by a header of Harbor's.
        location = await self.client.create_project(request)
        assert location.endswith("/projects/" + self.name), location
        assert await self.client.project_exists(self.name)
        project = await self.client.get_project(self.name)
        self.project_id = project.project_id
        assert project.metadata.public == "false", project
        assert (await self.client.get_project(self.project_id)).name == self.name

    async def project_update_summary_list(self):
        request = self.models.ProjectReq(
            metadata=self.models.ProjectMetadata(auto_scan=True, severity="high", public=False)
        )
        await self.client.update_project(self.name, request)
        metadata = await self.client.get_project_metadata(self.name)
        assert metadata.severity == "high", metadata
        summary = await self.client.get_project_summary(self.name)
        assert summary.project_admin_count == 1, summary
        assert summary.quota.hard.model_dump()["storage"] == 1024 * 1024, summary
        found = await self.client.get_projects(query=f"name={self.name}")
        assert [project.name for project in found] == [self.name], found
        assert (await self.client.get_project_deletable(self.name)).deletable

    async def members(self):
        location = await self.client.add_project_member_user(self.name, self.name, 2)
        member_id = int(location.rsplit("/", 1)[1])
        await self.client.update_project_member_role(self.name, member_id, 4)
        member = await self.client.get_project_member(self.name, member_id)
        assert member.role_id == 4 and member.entity_name == self.name, member
        listed = await self.client.get_project_members(self.name, entity_name=self.name)
        assert [one.id for one in listed] == [member_id], listed
        await self.client.remove_project_member(self.name, member_id)
        assert not await self.client.get_project_members(self.name, entity_name=self.name)

    async def system_robot(self):
        await self._robot("system", "*")

    async def project_robot(self):
        await self._robot("project", self.name)

    async def _robot(self, level, namespace):
        permission = self.models.RobotPermission(
            kind="project",
            namespace=namespace,
            access=[
                self.models.Access(resource="repository", action="pull"),
                self.models.Access(resource="repository", action="push"),
            ],
        )
        request = self.models.RobotCreate(
            name="r-" + self.name, level=level, duration=30, permissions=[permission]
        )
        created = await self.client.create_robot(request)
        assert created.secret and created.expires_at > 0, created
        robot = await self.client.get_robot(created.id)
        assert robot.name == created.name and robot.level == level, robot
        robot.description = "changed"
        robot.disable = True
        await self.client.update_robot(created.id, robot)
        robot = await self.client.get_robot(created.id)
        assert robot.disable and robot.description == "changed", robot
        fresh = await self.client.refresh_robot_secret(created.id, "Another-12345")
        assert fresh is not None
        query = f"Level=project,ProjectID={self.project_id}" if level == "project" else None
        assert created.id in [one.id for one in await self.client.get_robots(query=query)]
        await self.client.delete_robot(created.id)

    async def quotas(self):
        listed = await self.client.get_quotas(reference="project", page_size=100)
        quota = next(one for one in listed if one.ref.model_dump()["id"] == self.project_id)
        hard = self.models.ResourceList.model_validate({"storage": 2048})
        await self.client.update_quota(quota.id, self.models.QuotaUpdateReq(hard=hard))
        quota = await self.client.get_quota(quota.id)
        assert quota.hard.model_dump()["storage"] == 2048, quota

    async def configurations(self):
        before = (await self.client.get_config()).token_expiration.value
        await self.client.update_config(self.models.Configurations(token_expiration=41))
        assert (await self.client.get_config()).token_expiration.value == 41
        await self.client.update_config(self.models.Configurations(token_expiration=before))
        assert (await self.client.get_config()).token_expiration.value == before

    async def audit_logs(self):
        entries = await self.client.get_audit_logs(limit=10)
        assert all(entry.username and entry.op_time for entry in entries), entries
        entries = await self.client.get_project_logs(self.name, limit=10)
        assert all(entry.operation for entry in entries), entries

    async def user_groups(self):
        request = self.models.UserGroup(group_name=self.name, group_type=3)
        location = await self.client.create_usergroup(request)
        group_id = int(location.rsplit("/", 1)[1])
        changed = self.models.UserGroup(group_name=self.name + "-2")
        await self.client.update_usergroup(group_id, changed)
        assert (await self.client.get_usergroup(group_id)).group_name == self.name + "-2"
        assert await self.client.search_usergroups(self.name)
        assert await self.client.get_usergroups(group_name=self.name + "-2")
        await self.client.add_project_member_group(self.name, group_id, 3)
        await self.client.delete_usergroup(group_id)

    async def cve_allowlist(self):
        before = await self.client.get_cve_allowlist()
        item = self.models.CVEAllowlistItem(cve_id="CVE-2026-0002")
        await self.client.update_cve_allowlist(self.models.CVEAllowlist(items=[item]))
        after = await self.client.get_cve_allowlist()
        assert [one.cve_id for one in after.items] == ["CVE-2026-0002"], after
        await self.client.update_cve_allowlist(before)

    async def search_and_statistics(self):
        found = await self.client.search(self.name)
        assert [project.name for project in found.project] == [self.name], found
        statistics = await self.client.get_statistics()
        assert statistics.total_project_count >= 1, statistics

    async def refusals(self):
        from harborapi.exceptions import Conflict, NotFound, Unauthorized
        from harborapi import HarborAsyncClient

        try:
            await self.client.create_project(self.models.ProjectReq(project_name=self.name))
        except Conflict as error:
            assert error.errors[0].code == "CONFLICT", error
        else:
            raise AssertionError("the same project was made twice")
        try:
            await self.client.get_project(self.name + "-none")
        except NotFound as error:
            assert error.errors[0].message, error
        else:
            raise AssertionError("a project that does not exist was found")
        stranger = HarborAsyncClient(url=self.client.url, username="admin", secret="Wrong-1")
        try:
            await stranger.get_current_user()
        except Unauthorized:
            pass
        else:
            raise AssertionError("a wrong password was taken")

    async def delete_all(self):
        from harborapi.exceptions import NotFound

        await self.client.delete_project(self.name)
        assert not await self.client.project_exists(self.name)
        await self.client.delete_user(self.user_id)
        try:
            await self.client.get_user(self.user_id)
        except NotFound:
            return
        raise AssertionError("the deleted user is still there")


STEPS = [
    "system_info",
    "health_and_ping",
    "current_user_and_permissions",
    "user_create_get_search",
    "user_update_and_set_admin",
    "project_create_exists_get",
    "project_update_summary_list",
    "members",
    "system_robot",
    "project_robot",
    "quotas",
    "configurations",
    "audit_logs",
    "user_groups",
    "cve_allowlist",
    "search_and_statistics",
    "refusals",
    "delete_all",
]


async def main():
    from harborapi import HarborAsyncClient, models

    client = HarborAsyncClient(
        url=os.environ["REGISTRY_URL"] + "/api/v2.0",
        username=os.environ["REGISTRY_USERNAME"],
        secret=os.environ["REGISTRY_PASSWORD"],
        # A failure is to be seen, not tried again.
        retry=None,
    )
    session = Session(client, models)
    for name in STEPS:
        result = {"step": name}
        try:
            await getattr(session, name)()
        except Exception as error:  # any fault is this step's result
            result["error"] = f"{type(error).__name__}: {error}"[:2000]
        print(json.dumps(result), flush=True)


if sys.argv[1:] == ["--list"]:
    print(json.dumps(STEPS))
else:
    asyncio.run(main())
