from lib.action import GroupAction


class NodeForgetAction(GroupAction):
    def run(self, asg, name):
        group = self.group(asg)
        if not group.exists():
            return {"total_nodes": 0}
        group.change_nodes(lambda nodes: nodes.pop(name, None))
        return {"total_nodes": int(group.get("total_nodes") or 0)}
